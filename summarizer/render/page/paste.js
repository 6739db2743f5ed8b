
/* The page of the service: an article goes in, progress is shown, the brief takes the place of the empty page. */
(() => {
  const byId = (id) => document.getElementById(id);
  const form = byId("paste");
  let job = null;

  const headers = (more = {}) => {
    const token = form.elements.token.value.trim();
    return token ? { ...more, Authorization: `Bearer ${token}` } : more;
  };

  async function answered(response) {
    if (response.ok) return response;
    if (response.status === 401) byId("token-field").hidden = false;
    const problem = await response.json().catch(() => ({}));
    throw new Error([problem.title, problem.detail].filter(Boolean).join(": ") || `the service answered ${response.status}`);
  }

  function busy(is) {
    byId("progress").hidden = byId("cancel").hidden = !is;
    form.querySelector("[type=submit]").disabled = is;
    if (!is) byId("progress-text").textContent = "";
  }

  function fail(message) {
    byId("problem").hidden = false;
    byId("problem").textContent = message;
  }

  async function open(id) {
    const response = await answered(await fetch(`/v1/briefs/${id}`, { headers: headers({ Accept: "text/html" }) }));
    if (!response.headers.get("content-type").startsWith("text/html")) return false;
    const read = new DOMParser().parseFromString(await response.text(), "text/html"); /* runs no script */
    document.querySelector("main").replaceWith(document.importNode(read.querySelector("main"), true));
    document.title = read.title;
    if (location.hash !== `#brief=${id}`) history.pushState(null, "", `#brief=${id}`);
    startPage();
    document.querySelector("main").scrollIntoView();
    return true;
  }

  function told({ label, done, planned }) {
    const bar = byId("progress");
    if (planned) { bar.max = planned; bar.value = done; }
    byId("progress-text").textContent = planned ? `${label}: ${done} of ${planned}` : label ?? "";
  }

  async function follow(id) {
    const response = await answered(await fetch(`/v1/briefs/${id}/events`, { headers: headers() }));
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return null;
      rest += value;
      const events = rest.split(/\r?\n\r?\n/);
      rest = events.pop();
      for (const event of events) {
        const fields = event.split(/\r?\n/);
        const name = fields.find((field) => field.startsWith("event:"))?.slice(6).trim();
        const data = fields.filter((field) => field.startsWith("data:")).map((field) => field.slice(5)).join("\n");
        if (name === "progress") told(JSON.parse(data));
        if (name === "done") { await reader.cancel(); return JSON.parse(data); }
      }
    }
  }

  async function wait(id) {
    for (;;) {
      const end = await follow(id);
      if (end && !["queued", "running"].includes(end.status)) return end;
      await new Promise((later) => setTimeout(later, 1000)); /* the stream broke, as on a restart: ask again */
    }
  }

  async function send() {
    const given = Object.fromEntries([...new FormData(form)].filter(([name, value]) => value && name !== "token"));
    const response = await answered(await fetch("/v1/briefs", {
      method: "POST", headers: headers({ "Content-Type": "application/json" }), body: JSON.stringify(given),
    }));
    const place = response.headers.get("content-location") ?? response.headers.get("location");
    job = place.split("/").pop();
    if (response.status === 202) {
      told({ label: "waiting for its turn" });
      const end = await wait(job);
      if (end.status === "cancelled") return;
      if (end.status === "failed") throw new Error([end.problem.title, end.problem.detail].filter(Boolean).join(": "));
    }
    await open(job);
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    byId("problem").hidden = true;
    busy(true);
    try {
      await send();
    } catch (error) {
      fail(error.message);
    }
    busy(false);
  });
  byId("cancel").addEventListener("click", () => {
    if (job) fetch(`/v1/briefs/${job}`, { method: "DELETE", headers: headers() }).catch((error) => fail(error.message));
  });

  const named = /^#brief=([\w-]+)$/.exec(location.hash);
  if (named) open(named[1]).catch((error) => fail(error.message));
})();
