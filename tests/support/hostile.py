"""Texts as an attacker would choose them: in a commit message, a file name, a definition, an answer of the API."""

from __future__ import annotations

from hypothesis import strategies as st

PIECES = (
    "::error::forged",
    "::add-mask::e",
    "::set-output name=result::success",
    "::stop-commands::pause",
    "::endgroup::",
    "::",
    "##[error]forged",
    "##[add-mask]e",
    "##[group]",
    "##[",
    "(record:",
    "(record:1 scope:000000000000 base:empty head:0000000000000000000000000000000000000000 result:success)",
    "#",
    "[command]",
    "%0A",
    "%0D%0A::error::",
    "%25",
    "%3A%3A",
    "\r",
    "\n",
    "\r\n",
    "\x00",
    "\x1b[31m",
    "\x85",
    "\u2028",
    "\u200b",
    "\u200d",
    "\u202e",
    "\u0301",
    "\ufe0f",
    "\ufeff",
    " \t\u3000",
    "\ud800",
    "\udcff",
    "👩‍👩‍👧",
    "任务",
    "=",
    "key=value",
    "key<<EOF",
    "EOF",
    "\nEOF\n",
    "END_",
    "]]>",
    "|",
    "\\|",
    "`",
    "```\n",
    "*_~$",
    "<script>alert(1)</script>",
    "<!--",
    "-->",
    "</code>",
    "</details>",
    "&lt;",
    "&#60;",
    "](javascript:alert(1))",
    "![](https://example.com/x.png)",
    "@octocat",
    "https://example.com",
    "../",
    ",line=9",
    "a",
)

texts = st.lists(st.one_of(st.sampled_from(PIECES), st.text(st.characters(), max_size=4)), min_size=0, max_size=8).map(
    "".join
)

short_texts = st.tuples(st.sampled_from(PIECES), st.sampled_from(PIECES)).map("".join) | st.just("")
"""The same for values of many fields, quick to draw."""
