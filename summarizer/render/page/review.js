"use strict";
/* The review page: choosing, lighting, deciding, and the review record. No check of a text happens here. */
(() => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const byId = (id) => document.getElementById(id);
  const make = (name, attributes = {}, ...inside) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
      if (key in element && key !== "list") element[key] = value; else element.setAttribute(key, value);
    }
    element.append(...inside);
    return element;
  };
  const numbers = (value) => (value ? value.split(" ").map(Number) : []);
  const VERDICT = { accept: "Accepted", edit: "Edited, checked when the record is applied", reject: "Rejected" };

  let main, lines, pieces, sentences, chosen, lit, decisions, signed;

  function start() {
    main = document.querySelector("main");
    if (!main.dataset.brief) return;
    lines = new Map(all("[data-n].line, [data-n].actor", main).map((line) => [Number(line.dataset.n), line]));
    sentences = new Map(all(".s", main).map((sentence) => [Number(sentence.dataset.n), sentence]));
    pieces = new Map();
    for (const piece of all(".e[data-l]", main)) {
      for (const number of numbers(piece.dataset.l)) {
        if (!pieces.has(number)) pieces.set(number, []);
        pieces.get(number).push(piece);
      }
    }
    chosen = null;
    lit = [];
    decisions = new Map();
    signed = null;
    main.addEventListener("click", clicked);
    main.addEventListener("keydown", pressed);
    if (main.dataset.signed === "no") startReview();
  }

  /* Choosing */

  function letGo() {
    for (const element of lit) element.classList.remove("lit", "chosen", "rests");
    lit = [];
    if (chosen !== null) {
      lines.get(chosen).querySelector(".say").setAttribute("aria-pressed", "false");
      lines.get(chosen).querySelector(".decide")?.remove();
    }
    chosen = null;
    byId("found").textContent = "";
    byId("back").hidden = true;
  }

  function light(element, how) {
    element.classList.add(how);
    lit.push(element);
  }

  function show(element, pane) {
    if (element) element.scrollIntoView({ block: pane ? "center" : "nearest" });
  }

  function chooseLine(number, { scroll = true } = {}) {
    const line = lines.get(number);
    if (!line) return;
    letGo();
    chosen = number;
    light(line, "chosen");
    line.querySelector(".say").setAttribute("aria-pressed", "true");
    const own = pieces.get(number) ?? [];
    for (const piece of own) light(piece, "lit");
    for (const sentence of new Set(own.map((piece) => piece.closest(".s")))) light(sentence, "chosen");
    if (main.dataset.signed === "no" && line.classList.contains("line")) line.append(controls(line));
    if (scroll) show(own[0], true);
    byId("back").hidden = false;
  }

  function chooseSentence(number) {
    const sentence = sentences.get(number);
    if (!sentence) return;
    letGo();
    light(sentence, "chosen");
    const resting = numbers(sentence.dataset.l);
    for (const line of resting) {
      light(lines.get(line), "rests");
      for (const piece of pieces.get(line) ?? []) if (sentence.contains(piece)) light(piece, "lit");
    }
    const many = resting.length === 1 ? "1 line rests" : `${resting.length} lines rest`;
    byId("found").textContent = resting.length ? `${many} on sentence ${number}` : `No line rests on sentence ${number}`;
    show(lines.get(resting[0]), true);
  }

  function clicked(event) {
    const target = event.target;
    const go = target.closest("a[data-go]");
    if (go) {
      event.preventDefault();
      chooseLine(Number(go.dataset.go), { scroll: false });
      show(sentences.get(Number(go.getAttribute("href").slice(2))), true);
    } else if (target.closest("a[href^='#s']")) {
      event.preventDefault();
      const number = Number(target.closest("a").getAttribute("href").slice(2));
      chooseSentence(number);
      show(sentences.get(number), true);
    } else if (target.closest("a, .decide, .review, #back")) {
      if (target.closest("#back")) show(lines.get(chosen), true);
    } else if (target.closest("rect[data-s]")) {
      const number = Number(target.closest("rect").dataset.s);
      chooseSentence(number);
      show(sentences.get(number), true);
    } else if (target.closest(".line, .actor")) {
      if (!String(getSelection())) chooseLine(Number(target.closest(".line, .actor").dataset.n));
    } else if (target.closest(".s") && !String(getSelection())) {
      chooseSentence(Number(target.closest(".s").dataset.n));
    }
  }

  function pressed(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Escape") { const line = lines.get(chosen); letGo(); line?.querySelector(".say").focus(); return; }
    const line = event.target.closest(".line, .actor");
    if (!line || event.target.matches("input:not([type=checkbox]), textarea")) return;
    const number = Number(line.dataset.n);
    const move = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
    if (move) {
      const next = lines.get(number + move);
      if (!next) return;
      event.preventDefault();
      chooseLine(number + move);
      next.querySelector(".say").focus();
      show(next, false);
      return;
    }
    const wanted = { a: "accept", e: "edit", r: "reject", s: "seen" }[event.key];
    if (!wanted || main.dataset.signed !== "no" || !line.classList.contains("line")) return;
    event.preventDefault();
    if (chosen !== number) chooseLine(number);
    line.querySelector(`.decide [data-do="${wanted}"]`).click();
    if (wanted === "edit") line.querySelector(".decide textarea")?.focus();
  }

  /* Deciding */

  const lineOf = (id) => [...lines.values()].find((line) => line.dataset.id === id);
  const said = (line) => (line.dataset.said ??= line.querySelector(".say").textContent);

  function controls(line) {
    const id = line.dataset.id;
    const now = () => decisions.get(id) ?? {};
    const box = make("fieldset", { className: "decide" }, make("legend", { className: "note" }, "Your decision"));
    const buttons = ["accept", "edit", "reject"].map((what) => {
      const button = make("button", { type: "button", "data-do": what }, what[0].toUpperCase() + what.slice(1));
      button.addEventListener("click", () => {
        const text = what === "edit" ? now().text ?? said(line) : undefined;
        decide(id, { ...now(), decision: what, text, by: undefined });
        draw();
        button.focus();
      });
      return button;
    });
    const seen = make("input", { type: "checkbox", "data-do": "seen", checked: Boolean(now().seen) });
    seen.addEventListener("change", () => decide(id, { ...now(), seen: seen.checked }));
    const text = make("textarea", { rows: 3, maxLength: id === "headline" ? 120 : id.startsWith("summary-") ? 300 : 400 });
    text.addEventListener("input", () => decide(id, { ...now(), text: text.value }));
    const wording = make("label", { className: "why-field" }, "The line in your words", text);
    const note = make("input", { maxLength: 500, value: now().note ?? "" });
    note.addEventListener("input", () => decide(id, { ...now(), note: note.value }));
    const why = make("label", { className: "why-field" }, "Note (optional, kept in the record)", note);
    const draw = () => {
      for (const button of buttons) {
        button.setAttribute("aria-pressed", String(now().decision === button.dataset.do));
      }
      wording.hidden = now().decision !== "edit";
      why.hidden = !now().decision;
      if (!wording.hidden) text.value = now().text ?? said(line);
    };
    box.append(...buttons, make("label", {}, seen, " Seen in source"), wording, why);
    draw();
    return box;
  }

  function decide(id, decision) {
    decisions.set(id, decision);
    signed = null;
    tell(id);
    if (decision.decision && decision.decision !== "edit") {
      for (const line of lines.values()) { /* headline and key points say what an item says */
        const other = line.dataset.id;
        const follows = (line.dataset.follows ?? "").split(" ").includes(id);
        const own = decisions.get(other);
        if (follows && (!own?.decision || own.by === id)) {
          decisions.set(other, { ...own, decision: decision.decision, by: id });
          tell(other);
        }
      }
    }
    progress();
    keep();
  }

  function tell(id) {
    const line = lineOf(id);
    const { decision, text, by, seen } = decisions.get(id) ?? {};
    line.classList.remove("accept", "edit", "reject");
    if (decision) line.classList.add(decision);
    const verdict = decision ? VERDICT[decision] + (by ? ` with ${by}` : "") : "";
    line.querySelector(".verdict").textContent = [verdict, seen ? "seen in source" : ""].filter(Boolean).join(", ");
    const say = line.querySelector(".say");
    const before = said(line);
    say.textContent = decision === "edit" ? text || "(empty)" : before;
  }

  const open = () => [...lines.values()].filter((line) => line.dataset.id && !decisions.get(line.dataset.id)?.decision);

  function progress() {
    const count = Number(main.dataset.lines);
    const left = open().length;
    const name = byId("reviewer").value.trim();
    const status = byId("status");
    byId("decided").textContent = `${count - left} of ${count} lines decided.` +
      (left ? " Sign off when every line is." : name ? "" : " Give your name to sign off.");
    byId("sign").disabled = Boolean(left) || !name;
    status.toggleAttribute("data-done", Boolean(signed));
    const words = signed ? `Made by AI, signed off here by ${signed.reviewer} on ${signed.at.slice(0, 10)}. Save the review record: it counts once it is applied.`
      : "Made by AI, not yet reviewed.";
    if (status.textContent !== words) status.textContent = words;
  }

  /* The record */

  function record() {
    const list = [...lines.values()].map((line) => line.dataset.id).filter((id) => id && decisions.get(id)?.decision);
    return {
      record_version: "1",
      reviewer: byId("reviewer").value.trim() || "(no name given)",
      reviewed_at: signed ? signed.at : new Date().toISOString(),
      signed_off: Boolean(signed),
      article: main.dataset.article,
      brief: main.dataset.brief,
      decisions: list.map((id) => {
        const { decision, text, seen, note } = decisions.get(id);
        const own = { line: id, decision, text: decision === "edit" ? text : null };
        return { ...own, seen_in_source: Boolean(seen), note: note?.trim() || null };
      }),
    };
  }

  function save() {
    const data = new Blob([JSON.stringify(record(), null, 2) + "\n"], { type: "application/json" });
    const link = make("a", { href: URL.createObjectURL(data), download: `review-${main.dataset.brief.slice(0, 12)}.json` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    saved = JSON.stringify([...decisions]);
  }
  let saved = "[]";

  function take(given) {
    if (given?.brief !== main.dataset.brief || !Array.isArray(given.decisions)) throw new Error("it is of another brief");
    decisions = new Map();
    for (const { line, decision, text, seen_in_source: seen, note } of given.decisions) {
      if (!lineOf(line) || !(decision in VERDICT)) throw new Error(`it names no line of this brief: ${line}`);
      decisions.set(line, { decision, text: text ?? undefined, seen: Boolean(seen), note: note ?? undefined });
    }
    if (given.reviewer && given.reviewer !== "(no name given)") byId("reviewer").value = given.reviewer;
    signed = given.signed_off ? { reviewer: given.reviewer, at: given.reviewed_at } : null;
    redraw();
  }

  function redraw() {
    for (const line of lines.values()) if (line.dataset.id) tell(line.dataset.id);
    if (chosen !== null) chooseLine(chosen, { scroll: false });
    progress();
    keep();
  }

  /* Decisions outlive a closed page where the browser lets it keep them. */

  const key = () => `summarizer-review-${main.dataset.brief}`;
  function keep() {
    try { localStorage.setItem(key(), JSON.stringify(record())); } catch { /* private windows, attachments */ }
  }

  function startReview() {
    const area = byId("review");
    area.hidden = false;
    byId("reviewer").addEventListener("input", () => { signed = null; progress(); keep(); });
    byId("sign").addEventListener("click", () => {
      signed = { reviewer: byId("reviewer").value.trim(), at: new Date().toISOString() };
      progress();
      keep();
      byId("save").focus();
    });
    byId("save").addEventListener("click", save);
    byId("again").addEventListener("click", () => { decisions = new Map(); signed = null; letGo(); redraw(); });
    byId("load").addEventListener("change", async (event) => {
      try {
        take(JSON.parse(await event.target.files[0].text()));
        byId("found").textContent = "The review record was loaded.";
      } catch (error) {
        byId("found").textContent = `The file is no review record of this brief: ${error.message}`;
      }
      event.target.value = "";
    });
    window.onbeforeunload = (event) => {
      if (JSON.stringify([...decisions]) !== saved && decisions.size) event.preventDefault();
    };
    try {
      const before = localStorage.getItem(key());
      if (before) take(JSON.parse(before));
    } catch { /* nothing kept, or not readable */ }
    progress();
  }

  window.startPage = start;
  start();
})();
