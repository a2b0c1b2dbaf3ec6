# The image of the action: Python, git with its https transport, the program and its four dependencies.
#
# The base is named by tag, so that a build takes the security updates of Debian and Python. The release workflow resolves
# the tag and writes the digest that a release was tested and built with into the commit of the release.

FROM python:3.13-slim-trixie AS build

# The wheel of PyYAML carries 2 MB of debugging information.
# hadolint ignore=DL3008 # strip of any version will do
RUN apt-get update && apt-get install -y --no-install-recommends binutils
COPY requirements/runtime.txt /src/
# The pip of the base image fills the environment, which gets none of its own. Byte code is never checked against its
# source, since nothing in the image changes: that saves a stat for each module at each start.
RUN python3 -m venv --without-pip /opt/wedata-action \
 && python3 -m pip --python /opt/wedata-action/bin/python install --no-cache-dir --no-compile \
    --disable-pip-version-check --root-user-action ignore \
    --require-hashes --only-binary :all: -r /src/runtime.txt \
 && find /opt/wedata-action -name '*.so' -exec strip {} +
COPY scripts/entrypoint.py /opt/wedata-action/bin/wedata-action
COPY wedata_action /src/wedata_action
RUN chmod 755 /opt/wedata-action/bin/wedata-action \
 && cp -r /src/wedata_action \
    "$(/opt/wedata-action/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')" \
 && python3 -m compileall -q --invalidation-mode unchecked-hash /opt/wedata-action/lib


FROM python:3.13-slim-trixie

LABEL org.opencontainers.image.title="wedata-action" \
      org.opencontainers.image.description="Submits the Tencent Cloud WeData tasks that a commit changed" \
      org.opencontainers.image.licenses="MIT"

# git reads commits, and fetches one over https. What only its Perl commands, its servers and the old http protocol need is
# not unpacked, nor the second copy of the program: four fifths of its size. dpkg still lists the packages, so scanners
# see them.
# hadolint ignore=DL3008 # Debian drops a version when it fixes it: a pinned one would break the build or stay unfixed
RUN printf 'path-exclude %s\n' \
    '/usr/share/doc/*' '/usr/share/man/*' '/usr/share/locale/*' '/usr/share/gitweb/*' \
    '/usr/share/perl/*' '/usr/share/perl5/*' '/usr/lib/*/perl/*' '/usr/lib/*/libperl.so*' '/usr/bin/zipdetails' \
    '/usr/lib/git-core/git' '/usr/lib/git-core/git-daemon' '/usr/lib/git-core/git-http-backend' \
    '/usr/lib/git-core/git-http-fetch' '/usr/lib/git-core/git-http-push' '/usr/lib/git-core/git-imap-send' \
    '/usr/lib/git-core/git-shell' '/usr/lib/git-core/git-sh-i18n--envsubst' '/usr/lib/git-core/scalar' \
    '/usr/lib/git-core/mergetools/*' '/usr/share/git-core/contrib/*' '/usr/share/bash-completion/*' \
    '/usr/bin/git-shell' '/usr/bin/scalar' '/usr/bin/h2*' '/usr/bin/enc2xs' '/usr/bin/perlbug' '/usr/bin/perlthanks' \
    '/usr/lib/*/libbrotlienc.so*' '/usr/lib/*/krb5/plugins/*' \
    > /etc/dpkg/dpkg.cfg.d/without-perl-and-servers \
 && apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates git \
 && ln -s ../../bin/git /usr/lib/git-core/git \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/lib/dpkg/*-old \
    /var/lib/dpkg/info/*.symbols /var/log/apt /var/log/dpkg.log

COPY --from=build /opt/wedata-action /opt/wedata-action

# The base ships the standard library without byte code. Importing the program once writes that of the modules in use.
RUN /opt/wedata-action/bin/python -c 'import importlib, pkgutil, requests, wedata_action, yaml; \
    [importlib.import_module(m.name) for m in pkgutil.walk_packages(wedata_action.__path__, "wedata_action.")]'

# git's messages are read, so they must not be translated. The others are for Python processes that the entry point
# starts: it takes no variable from the workflow itself (see scripts/entrypoint.py).
ENV LC_ALL=C \
    PYTHONUTF8=1 \
    PYTHONSAFEPATH=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1

# No USER: the runner mounts files of other owners that the program must write to, and demands root for that
# (docs.github.com, "Dockerfile support for GitHub Actions").

# Exec form: the program is process 1 and gets the runner's signals; under a shell none would arrive.
ENTRYPOINT ["/opt/wedata-action/bin/wedata-action"]
