# What a job under act runs in, in place of GitHub's runner image: the tools that the workflows call.
ARG BASE
FROM $BASE
RUN apt-get update \
 && apt-get install -y --no-install-recommends docker-cli jq \
 && rm -rf /var/lib/apt/lists/*
# The self-test builds the image and runs it by hand. Under act the image is there already, and what the runner keeps in
# its temporary folder lies in volumes of the job's container.
RUN printf '%s\n' '#!/bin/sh' \
    'case $1 in' \
    'build) exec /usr/bin/docker tag "$ACT_IMAGE" wedata-action:selftest ;;' \
    'run) shift; set -- run --volumes-from "$(/usr/bin/docker ps --quiet --filter "label=$ACT_JOB")" "$@" ;;' \
    'esac' \
    'exec /usr/bin/docker "$@"' > /usr/local/bin/docker \
 && chmod 755 /usr/local/bin/docker
