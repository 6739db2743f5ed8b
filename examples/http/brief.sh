#!/usr/bin/env bash
# Brief an article by HTTP: post it, wait for the brief, print every line with its evidence.
#
#   ./brief.sh article.txt          (.html is posted as a page, anything else as text)
#
# Needs curl and jq. SUMMARIZER_URL is the service, http://127.0.0.1:8000 when unset; it may have a path, under which a
# proxy serves it. SUMMARIZER_TOKEN is sent when set.
# Exit code: 0 complete, 5 incomplete, 3 the article cannot be used, 4 the model failed, 1 anything else.
set -euo pipefail

file=${1:?give the file of an article}
url=${SUMMARIZER_URL:-http://127.0.0.1:8000}
while [ "$url" != "${url%/}" ]; do url=${url%/}; done
if [ "$(printf '%s' "${SUMMARIZER_TOKEN:-}" | LC_ALL=C tr -d ' -~' | wc -c)" -ne 0 ]; then
    echo "SUMMARIZER_TOKEN holds a character that no header may hold" >&2 && exit 1
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# ask METHOD PATH [CURL OPTION...]: the status; the body comes into $work/body, the headers into $work/head.
# A service started with --wait 600 may take ten minutes to answer. The token goes through a file, because other users
# of a machine can read the arguments of a program.
ask() {
    local method=$1 path=$2
    shift 2
    printf '%s' "${SUMMARIZER_TOKEN:+Authorization: Bearer $SUMMARIZER_TOKEN}" >"$work/token"
    curl --silent --show-error --connect-timeout 10 --max-time 660 --request "$method" --header @"$work/token" \
        --dump-header "$work/head" --output "$work/body" --write-out '%{http_code}' "$@" "$url$path"
}

# header NAME: its value in the last answer.
header() { tr -d '\r' <"$work/head" | sed -n "s/^$1: *//Ip" | tail -n 1; }

# fail JQ-PATH: say what the Problem Details there tell (RFC 9457), and leave with the exit code of their type.
fail() {
    jq -r "$1 | \"\(.title) (\(.status)): \(.detail)\"" "$work/body" >&2
    case $(jq -r "$1 | .type" "$work/body") in
    *:input | *:too-large) exit 3 ;;
    *:model-unavailable | *:model-refused | *:budget-exceeded) exit 4 ;; # says nothing about the article
    *:queue-full) echo "try again in $(header retry-after) seconds" >&2 && exit 1 ;;
    *) exit 1 ;;
    esac
}

case $file in *.[Hh][Tt][Mm][Ll] | *.[Hh][Tt][Mm]) kind=html ;; *) kind=text ;; esac
if ! { cat <"$file" >"$work/article"; } 2>"$work/why"; then
    echo "cannot read $file: $(sed 's/.*: //' "$work/why")" >&2 && exit 1
fi
jq -n --rawfile article "$work/article" --arg kind "$kind" --arg id "${file##*/}" \
    '{($kind): $article, id: $id}' >"$work/article.json"
# What is not UTF-8 became U+FFFD.
if ! jq -j ".$kind" "$work/article.json" | cmp -s - "$work/article"; then
    echo "$file is not UTF-8: convert it" >&2 && exit 3
fi

# With the same key the second request makes no second brief, whatever became of the first.
key=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
post() {
    ask POST /v1/briefs --header 'Content-Type: application/json' --header "Idempotency-Key: \"$key\"" \
        --data-binary @"$work/article.json"
}
status=$(post) || status=$(post) || { echo "no service answers at $url" >&2 && exit 1; }

if [ "$status" = 202 ]; then # a job: ask for it until it is done
    job=$(jq -r .id "$work/body")
    state=queued
    while [ "$state" = queued ] || [ "$state" = running ]; do
        wait=$(header retry-after)
        sleep "${wait:-2}"
        status=$(ask GET "/v1/briefs/$job")
        [ "$status" = 200 ] || break
        state=$(jq -r '.status // "done"' "$work/body")
        echo "job $job: $state" >&2
    done
    [ "$state" != failed ] || fail .problem
    [ "$state" != cancelled ] || { echo "the job was cancelled" >&2 && exit 1; }
fi
if [ "$status" != 200 ]; then
    grep -qi '^content-type: application/problem+json' "$work/head" && fail .
    echo "the service at $url answered $status" >&2
    exit 1
fi

# Control and direction-changing characters do not reach the terminal.
jq -r '
  def safe: gsub("[\\p{Cc}\u202a-\u202e\u2066-\u2069]"; " ");
  def evidence: .evidence[] | "      [\(.sentence)] \(.quote | safe)";
  def disclosure:
    if . == null then "Made by AI, not yet reviewed."
    elif .signed_off then "Made by AI, reviewed and signed off by \(.reviewer | safe) on \(.reviewed_at[:10])."
    else "Made by AI, review not finished: \(.reviewer | safe) has not signed off." end;
  def section($title; $items; $names):
    if ($items | length) > 0 then
      "", $title, ($items[] | "  \($names[.actor] | safe): \(.text | safe)", evidence)
    else empty end;

  (.actors | map({key: .id, value: .name}) | from_entries + {article: "The article"}) as $names
  | (.review | disclosure),
    "",
    if .headline then (.headline | (.text | safe), evidence)
    elif (.positions + .conditions_for_talks + .military_assessments) != [] then "(no headline)"
    elif .audit.complete then "Nothing found in this article."
    else "Nothing found in what was read." end,
    section("Positions"; .positions; $names),
    section("Conditions for talks"; .conditions_for_talks; $names),
    section("Military assessments"; .military_assessments; $names),
    (.audit.unread[] | "", "NOT READ: sentences \(.first) to \(.last)")
' "$work/body"
[ "$(jq .audit.complete "$work/body")" = true ] || exit 5
