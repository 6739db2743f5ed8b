
/* The page of the service: an article goes in, progress is shown, the brief takes the place of the empty page. */
(() => {
  const byId = (id) => document.getElementById(id);
  const form = byId("paste");
  const token = form.elements.token;
  const untitled = document.title;
  let run = null; /* the article under way: its id once it has one, and whether it was cancelled */
  let again = null; /* what is tried once more when a token is given */
  let sent = {}; /* the last body and its key: sending it again after a broken connection makes no second job */

  class Unreachable extends Error {
    constructor() { super("The service cannot be reached. Is it still running?"); }
  }
  const broken = () => { throw new Unreachable(); };
  const later = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

  function describe(problem, otherwise) {
    return [problem?.title, problem?.detail].filter(Boolean).join(": ") || otherwise;
  }

  async function ask(path, { headers = {}, ...options } = {}) {
    const given = token.value.trim();
    const bearer = given ? { Authorization: `Bearer ${given}` } : {};
    const response = await fetch(path, { ...options, headers: { ...headers, ...bearer } }).catch(broken);
    if (response.ok) return response;
    const problem = await response.json().catch(() => null);
    const error = new Error(describe(problem, `The service answered ${response.status}.`));
    error.status = response.status;
    throw error;
  }

  function busy(is) {
    byId("progress").hidden = byId("cancel").hidden = !is;
    byId("progress").removeAttribute("value");
    form.querySelector("[type=submit]").disabled = is;
    byId("cancel").disabled = false;
    byId("progress-text").textContent = "";
  }

  function told(text, done, planned) {
    const bar = byId("progress");
    if (planned) { bar.max = planned; bar.value = done; } else bar.removeAttribute("value");
    byId("progress-text").textContent = text;
  }

  const stopped = (mine) => mine.cancelled || run !== mine; /* nobody waits for it any more */
  const named = () => /^#brief=([\w-]+)$/.exec(location.hash)?.[1];

  function unname() {
    if (named()) history.replaceState(null, "", location.pathname);
  }

  function put(main, title) {
    document.querySelector("main").replaceWith(main);
    document.title = title;
    window.onbeforeunload = null; /* decisions about the brief before are kept in the browser */
    startPage();
  }

  /* Shows a brief; false when the job has none. */
  async function open(id) {
    const response = await ask(`/v1/briefs/${id}`, { headers: { Accept: "text/html" } });
    if (!response.headers.get("content-type").startsWith("text/html")) return false;
    const page = await response.text().catch(broken);
    const read = new DOMParser().parseFromString(page, "text/html"); /* runs no script */
    put(document.importNode(read.querySelector("main"), true), read.title);
    document.querySelector("main").scrollIntoView();
    return true;
  }

  async function follow(mine) {
    const response = await ask(`/v1/briefs/${mine.id}/events`);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read().catch(broken);
      if (done) return null;
      rest += value;
      const events = rest.split(/\r?\n\r?\n/);
      rest = events.pop();
      for (const event of events) {
        const fields = event.split(/\r?\n/);
        const name = fields.find((field) => field.startsWith("event:"))?.slice(6).trim();
        const data = fields.filter((field) => field.startsWith("data:")).map((field) => field.slice(5)).join("\n");
        if (name === "done") { reader.cancel().catch(() => {}); return JSON.parse(data); }
        if (name !== "progress") continue;
        const progress = JSON.parse(data);
        if (!stopped(mine)) told(`Reading ${progress.label}`, progress.done, progress.planned);
      }
    }
  }

  /* Follows a job to its end, also through a restart of the service; what ended it is shown. */
  async function finish(mine) {
    told("Waiting for its turn");
    let end = null;
    while (!end && !stopped(mine)) {
      try {
        end = await follow(mine);
      } catch (error) {
        if (!(error instanceof Unreachable)) throw error;
        if (stopped(mine)) return;
        told("The service cannot be reached; trying again");
      }
      if (!end) await later(1000);
    }
    if (stopped(mine)) return;
    if (end.status === "failed") { unname(); throw new Error(describe(end.problem, "The article could not be read.")); }
    if (end.status === "cancelled") { unname(); mine.cancelled = true; return; }
    await open(mine.id);
  }

  async function send(mine) {
    const given = Object.fromEntries([...new FormData(form)].filter(([name, value]) => value && name !== "token"));
    const body = JSON.stringify(given);
    if (body !== sent.body) sent = { body, key: [...crypto.getRandomValues(new Uint32Array(4))].join("-") };
    const headers = { "Content-Type": "application/json", "Idempotency-Key": sent.key };
    const response = await ask("/v1/briefs", { method: "POST", headers, body }).catch((error) => {
      if (!(error instanceof Unreachable)) sent = {};
      throw error;
    });
    sent = {};
    mine.id = response.headers.get("summarizer-job");
    if (mine.cancelled) return remove(mine.id);
    if (stopped(mine)) return;
    history.pushState(null, "", `#brief=${mine.id}`);
    await (response.status === 202 ? finish(mine) : open(mine.id));
  }

  async function resume(mine) {
    mine.id = named();
    if (!(await open(mine.id))) await finish(mine);
  }

  async function doing(work) {
    const mine = { id: null, cancelled: false };
    run = mine;
    again = null;
    byId("problem").hidden = true;
    busy(true);
    let failed = null;
    await work(mine).catch((error) => { failed = error; });
    if (run !== mine) return;
    busy(false);
    if (failed && mine.cancelled && failed.status) failed = null; /* it came to its end before */
    if (mine.cancelled && !failed) byId("progress-text").textContent = "Cancelled";
    if (!failed) return;
    byId("problem").hidden = false;
    byId("problem").textContent = failed.message;
    if (failed.status !== 401) return;
    again = work;
    byId("token-field").hidden = false;
    token.select();
  }

  async function remove(id) {
    unname();
    await ask(`/v1/briefs/${id}`, { method: "DELETE" });
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    doing(send);
  });
  token.addEventListener("change", () => { if (again) doing(again); });
  byId("cancel").addEventListener("click", () => {
    const mine = run;
    mine.cancelled = true;
    byId("cancel").disabled = true;
    if (mine.id) doing(async (now) => { now.cancelled = true; await remove(mine.id); });
  });

  /* The address names the brief: Back and Forward follow it, and links within the page leave it as it is. */
  window.addEventListener("popstate", () => {
    if (named()) doing(resume);
    else if (!location.hash) put(document.createElement("main"), untitled);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("main a[href^='#']");
    if (!link || event.defaultPrevented) return;
    event.preventDefault();
    byId(link.hash.slice(1))?.scrollIntoView();
  });

  if (named()) doing(resume);
})();
