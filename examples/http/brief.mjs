#!/usr/bin/env node
// Brief an article by HTTP: post it, follow the job, print every line with its evidence.
//
//   node brief.mjs article.txt          (.html is posted as a page, anything else as text)
//
// Needs Node 20 and nothing else. SUMMARIZER_URL is the service, http://127.0.0.1:8000 when unset; it may have a path,
// under which a proxy serves it. SUMMARIZER_TOKEN is sent when set.
// Exit code: 0 complete, 5 incomplete, 3 the article cannot be used, 4 the model failed, 1 anything else.

import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const service = (process.env.SUMMARIZER_URL || "http://127.0.0.1:8000").replace(/\/+$/, "");
const token = process.env.SUMMARIZER_TOKEN;

/** An error that the service told: Problem Details (RFC 9457). `type` is what programs tell it by. */
class Problem extends Error {
  constructor({ type, title, status, detail }, retryAfter) {
    super(`${title} (${status}): ${detail}` + (retryAfter ? `; try again in ${retryAfter} seconds` : ""));
    this.kind = type.split(":").at(-1);
  }

  get exitCode() {
    if (["input", "too-large"].includes(this.kind)) return 3;
    // These say nothing about the article.
    if (["model-unavailable", "model-refused", "budget-exceeded"].includes(this.kind)) return 4;
    return 1;
  }
}

async function ask(path, options = {}) {
  const headers = { ...options.headers, ...(token && { Authorization: `Bearer ${token}` }) };
  const answer = await fetch(service + path, { ...options, headers });
  if (answer.ok) return answer;
  if (!answer.headers.get("content-type")?.startsWith("application/problem+json"))
    throw new Error(`the service at ${service} answered ${answer.status}`);
  throw new Problem(await answer.json(), answer.headers.get("retry-after"));
}

/** The text of a file, whole as it is. */
async function read(file) {
  const bytes = await readFile(file);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw Object.assign(new Error(`${file} is not UTF-8: convert it`), { exitCode: 3 });
  }
}

async function brief(file) {
  const kind = /\.html?$/i.test(file) ? "html" : "text";
  const request = {
    method: "POST",
    // With the same key a second request makes no second brief, whatever became of the first.
    headers: { "Content-Type": "application/json", "Idempotency-Key": `"${randomUUID()}"` },
    body: JSON.stringify({ [kind]: await read(file), id: basename(file) }),
  };
  let answer = await ask("/v1/briefs", request).catch((error) => {
    if (error instanceof Problem) throw error;
    return ask("/v1/briefs", request); // the connection was lost
  });
  if (answer.status === 200) return answer.json();

  const { id } = await answer.json(); // 202: a job
  await follow(id).catch((error) => console.error(`no events (${error.message}), asking from time to time`));
  for (;;) {
    answer = await ask(`/v1/briefs/${id}`);
    const found = await answer.json();
    if (found.status === "failed") throw new Problem(found.problem);
    if (found.status === "cancelled") throw new Error("the job was cancelled");
    if (!["queued", "running"].includes(found.status)) return found;
    await sleep(1000 * Number(answer.headers.get("retry-after") ?? 2));
  }
}

/** Show the progress of a job until it is done (Server-Sent Events). */
async function follow(id) {
  const answer = await ask(`/v1/briefs/${id}/events`, { headers: { Accept: "text/event-stream" } });
  let rest = "";
  for await (const chunk of answer.body.pipeThrough(new TextDecoderStream())) {
    const events = (rest + chunk).replaceAll("\r\n", "\n").split("\n\n");
    rest = events.pop();
    for (const event of events) {
      const name = /^event: ?(.*)$/m.exec(event)?.[1];
      const data = /^data: ?(.*)$/m.exec(event)?.[1];
      if (name === "progress") {
        const { label, done, planned } = JSON.parse(data);
        console.error(safe(`job ${id}: ${label} (${done} of ${planned} done)`));
      }
      if (name === "done") return;
    }
  }
}

/** Without control and direction-changing characters, which must not reach a terminal. */
function safe(text) {
  return text.replace(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/gu, " ");
}

function disclosure(review) {
  if (!review) return "Made by AI, not yet reviewed.";
  const { reviewer, reviewed_at: at, signed_off: signed } = review;
  if (signed) return `Made by AI, reviewed and signed off by ${reviewer} on ${at.slice(0, 10)}.`;
  return `Made by AI, review not finished: ${reviewer} has not signed off.`;
}

function* lines(brief) {
  const names = new Map(brief.actors.map((actor) => [actor.id, actor.name])).set("article", "The article");
  const sections = {
    Positions: brief.positions,
    "Conditions for talks": brief.conditions_for_talks,
    "Military assessments": brief.military_assessments,
  };
  const evidence = (line) => line.evidence.map(({ sentence, quote }) => `      [${sentence}] ${quote}`);
  yield disclosure(brief.review);
  yield "";
  if (brief.headline) yield* [brief.headline.text, ...evidence(brief.headline)];
  else if (Object.values(sections).some((items) => items.length)) yield "(no headline)";
  else yield brief.audit.complete ? "Nothing found in this article." : "Nothing found in what was read.";
  for (const [title, items] of Object.entries(sections)) {
    if (items.length) yield* ["", title];
    for (const item of items) yield* [`  ${names.get(item.actor)}: ${item.text}`, ...evidence(item)];
  }
  for (const { first, last } of brief.audit.unread) yield* ["", `NOT READ: sentences ${first} to ${last}`];
}

const [file] = process.argv.slice(2);
if (!file) {
  console.error("give the file of an article");
  process.exit(1);
}
try {
  if (/[^ -~]/.test(token ?? "")) throw new Error("SUMMARIZER_TOKEN holds a character that no header may hold");
  const made = await brief(file);
  for (const line of lines(made)) console.log(safe(line));
  process.exitCode = made.audit.complete ? 0 : 5;
} catch (error) {
  const cause = error.cause ? ` (${error.cause.code ?? error.cause.message})` : "";
  console.error(safe(`${error.message}${cause}`));
  process.exitCode = error.exitCode ?? 1;
}
