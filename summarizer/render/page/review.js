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
  const HINT = "Choose a line or a sentence.";
  const VERDICT = { accept: "Accepted", edit: "Edited, checked when the record is applied", reject: "Rejected" };

  let main, lines, named, pieces, sentences, marks, chosen, lit, decisions, signed, saved;

  function start() {
    main = document.querySelector("main");
    if (!main.dataset.brief) return;
    const numbered = (selector) => new Map(all(selector, main).map((found) => [Number(found.dataset.n), found]));
    lines = numbered(".line, .actor");
    sentences = numbered(".s");
    named = new Map(all(".line", main).map((line) => [line.dataset.id, line]));
    marks = new Map(all("rect[data-s]", main).map((rect) => [Number(rect.dataset.s), rect]));
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
    for (const sentence of sentences.values()) numberOf(sentence).tabIndex = -1; /* one stop for Tab, j and k go on */
    if (sentences.size) numberOf(sentences.values().next().value).tabIndex = 0;
    main.addEventListener("click", clicked);
    main.addEventListener("keydown", pressed);
    byId("bar").hidden = false;
    byId("found").textContent = HINT;
    if (main.dataset.reviewed === "no") startReview();
  }

  const sayOf = (line) => line.querySelector(".say");
  const numberOf = (sentence) => sentence.querySelector(".n");

  /* Choosing: `chosen` is a line or a sentence, as its element. */

  function letGo() {
    for (const element of lit) element.classList.remove("lit", "chosen", "rests");
    lit = [];
    if (chosen) {
      (sayOf(chosen) ?? numberOf(chosen)).removeAttribute("aria-current");
      chosen.querySelector(".decide")?.remove();
    }
    chosen = null;
    byId("found").textContent = HINT;
  }

  function light(element, how) {
    if (!element) return;
    element.classList.add(how);
    lit.push(element);
  }

  /* Scrolls what holds the element, and only as far as needed: a pane of its own, or on a phone the page. */
  function show(element) {
    if (!element) return;
    const pane = element.closest(".article, .brief");
    if (getComputedStyle(pane).overflowY !== "auto") return element.scrollIntoView({ block: "nearest" });
    const place = element.getBoundingClientRect();
    const { top, bottom } = pane.getBoundingClientRect();
    const head = pane.querySelector(".bar").getBoundingClientRect().height;
    const room = bottom - top - head;
    if (place.top >= top + head && place.bottom <= bottom) return;
    pane.scrollTop += place.top - top - head - Math.max(8, (room - place.height) / 2);
  }

  const list = (words) => (words.length < 2 ? words.join() : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`);

  function chooseLine(line, { scroll = true } = {}) {
    if (chosen !== line) {
      letGo();
      chosen = line;
      light(line, "chosen");
      sayOf(line).setAttribute("aria-current", "true");
      const own = pieces.get(Number(line.dataset.n)) ?? [];
      for (const piece of own) light(piece, "lit");
      const places = [...new Set(own.map((piece) => piece.closest(".s")))];
      for (const sentence of places) lightSentence(sentence);
      byId("found").textContent = `Rests on sentence${places.length > 1 ? "s" : ""} ${list(places.map((s) => s.dataset.n))}.`;
      if (main.dataset.reviewed === "no" && line.classList.contains("line")) line.append(controls(line));
    }
    if (scroll) show(pieces.get(Number(line.dataset.n))?.[0]);
  }

  function lightSentence(sentence) {
    light(sentence, "chosen");
    light(marks.get(Number(sentence.dataset.n)), "chosen");
  }

  function chooseSentence(sentence) {
    if (chosen === sentence) return;
    letGo();
    chosen = sentence;
    lightSentence(sentence);
    numberOf(sentence).setAttribute("aria-current", "true");
    for (const { firstElementChild: number } of sentences.values()) if (number.tabIndex === 0) number.tabIndex = -1;
    numberOf(sentence).tabIndex = 0;
    const resting = numbers(sentence.dataset.l).map((number) => lines.get(number));
    for (const line of resting) light(line, "rests");
    for (const piece of all(".e", sentence)) if (piece.dataset.l) light(piece, "lit");
    const many = ["No line rests", "1 line rests"][resting.length] ?? `${resting.length} lines rest`;
    byId("found").textContent = `${many} on sentence ${sentence.dataset.n}.`;
    show(resting[0]);
  }

  /* Whether a click ends the selecting of words, to copy them, and chooses nothing. */
  function selecting(element) {
    const selection = getSelection();
    return !selection.isCollapsed && element.contains(selection.anchorNode);
  }

  function clicked(event) {
    const { target, detail } = event;
    const link = target.closest("a[href^='#s'], rect[data-s]");
    const line = target.closest(".line, .actor");
    const sentence = target.closest(".s");
    const button = target.closest("button");
    if (link) {
      event.preventDefault();
      const to = sentences.get(Number(link.dataset.s ?? link.getAttribute("href").slice(2)));
      if (line) chooseLine(line, { scroll: false }); else if (to) chooseSentence(to);
      show(to);
    } else if (target.closest("a, .decide, .review")) {
      return;
    } else if (line) {
      if (button || !selecting(line)) chooseLine(line);
    } else if (sentence && (button || !selecting(sentence))) {
      const first = chosen === sentence && button && !detail && lines.get(numbers(sentence.dataset.l)[0]);
      if (first) sayOf(first).focus(); /* Enter once more goes to the line */
      chooseSentence(sentence);
    }
  }

  function pressed(event) {
    const { key, target } = event;
    if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
    if (key === "Escape" && chosen) {
      const back = sayOf(chosen) ?? numberOf(chosen);
      letGo();
      back.focus();
      return;
    }
    if (target.matches("input:not([type=checkbox]), textarea") || target.closest(".review")) return;
    const at = target.closest(".line, .actor, .s");
    const step = { j: 1, k: -1, ...(at && { ArrowDown: 1, ArrowUp: -1 }) }[key];
    const wanted = { a: "accept", e: "edit", r: "reject", s: "seen" }[key];
    if (step && (at || target.closest(".brief, .article"))) {
      event.preventDefault();
      move(at, target.closest(".article") ? sentences : lines, step);
    } else if (wanted && at?.classList.contains("line") && main.dataset.reviewed === "no") {
      event.preventDefault();
      chooseLine(at);
      at.querySelector(`.decide [data-do="${wanted}"]`).click();
      if (wanted === "edit") at.querySelector(".decide textarea").focus();
      show(at);
    }
  }

  function move(at, all, step) {
    const from = at ?? ([...all.values()].includes(chosen) ? chosen : null);
    const next = from ? all.get(Number(from.dataset.n) + step) : all.values().next().value;
    if (!next) return;
    if (all === lines) chooseLine(next); else chooseSentence(next);
    (sayOf(next) ?? numberOf(next)).focus({ preventScroll: true });
    show(next);
  }

  /* Deciding */

  const said = (line) => (line.dataset.said ??= sayOf(line).textContent);

  function controls(line) {
    const id = line.dataset.id;
    const now = () => decisions.get(id) ?? {};
    const box = make("fieldset", { className: "decide", dir: "ltr", lang: "en" });
    box.append(make("legend", { className: "note" }, "Your decision"));
    const buttons = ["accept", "edit", "reject"].map((what) => {
      const button = make("button", { type: "button", "data-do": what }, what[0].toUpperCase() + what.slice(1));
      button.addEventListener("click", () => {
        const decision = now().decision === what && what !== "edit" ? undefined : what; /* once more takes it back */
        decide(id, { ...now(), decision, text: decision === "edit" ? now().text ?? said(line) : undefined, by: undefined });
        draw();
        button.focus();
      });
      return button;
    });
    const seen = make("input", { type: "checkbox", "data-do": "seen", checked: Boolean(now().seen) });
    seen.addEventListener("change", () => decide(id, { ...now(), seen: seen.checked }));
    const text = make("textarea", { rows: 3, dir: "auto", maxLength: id === "headline" ? 120 : id.startsWith("summary-") ? 300 : 400 });
    text.addEventListener("input", () => decide(id, { ...now(), text: text.value }));
    const wording = make("label", { className: "why-field" }, "The line in your words", text);
    const note = make("input", { dir: "auto", maxLength: 500, value: now().note ?? "" });
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
    const shared = decision.decision === "edit" ? undefined : decision.decision;
    for (const [other, line] of named) { /* headline and key points say what an item says */
      const own = decisions.get(other);
      if (!line.dataset.follows.split(" ").includes(id)) continue;
      if (own?.by === id || (shared && !own?.decision)) {
        decisions.set(other, { ...own, decision: shared, by: shared && id });
        tell(other);
      }
    }
    progress();
    keep();
  }

  function tell(id) {
    const line = named.get(id);
    const { decision, text, by, seen } = decisions.get(id) ?? {};
    line.classList.remove("accept", "edit", "reject");
    if (decision) line.classList.add(decision);
    const words = [decision ? VERDICT[decision] + (by ? " with the line it repeats" : "") : "", seen ? "seen in source" : ""];
    line.querySelector(".verdict").textContent = words.filter(Boolean).join(", ");
    const before = said(line);
    sayOf(line).textContent = decision === "edit" ? text.trim() || "(empty)" : before;
  }

  /* A line is decided by a decision; an edit needs words. */
  const decided = (id) => {
    const { decision, text } = decisions.get(id) ?? {};
    return Boolean(decision) && (decision !== "edit" || Boolean(text.trim()));
  };
  const open = () => [...named.keys()].filter((id) => !decided(id)).length;
  const reviewer = () => clean(byId("reviewer").value).trim();

  function progress() {
    const left = open();
    const name = reviewer();
    const status = byId("status");
    const count = `${named.size - left} of ${named.size} lines decided`;
    byId("decided").textContent = count;
    byId("left").textContent = `${count}.` + (left ? " Sign off when every line is." : name ? "" : " Give your name to sign off.");
    byId("sign").disabled = Boolean(left) || !name;
    status.toggleAttribute("data-done", Boolean(signed));
    status.dataset.was ??= status.textContent;
    const words = signed ? `Made by AI, signed off here by ${signed.reviewer} on ${signed.at.slice(0, 10)}. Save the review record: it counts once it is applied.`
      : status.dataset.was;
    if (status.textContent !== words) status.textContent = words;
  }

  /* The record */

  function record() {
    return {
      record_version: "1",
      reviewer: reviewer() || "(no name given)",
      reviewed_at: signed ? signed.at : new Date().toISOString(),
      signed_off: Boolean(signed),
      article: main.dataset.article,
      brief: main.dataset.brief,
      decisions: [...named.keys()].filter(decided).map((id) => {
        const { decision, text, seen, note } = decisions.get(id);
        const own = { line: id, decision, text: decision === "edit" ? text : null };
        return { ...own, seen_in_source: Boolean(seen), note: note?.trim() || null };
      }),
    };
  }

  const state = () => JSON.stringify([[...decisions], signed, reviewer()]);

  function save() {
    const data = new Blob([JSON.stringify(record(), null, 2) + "\n"], { type: "application/json" });
    const link = make("a", { href: URL.createObjectURL(data), download: `review-${main.dataset.brief.slice(0, 12)}.json` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    saved = state();
  }

  /* Words out of a file: a string without what is invisible or turns the text round; joiners stay. */
  const clean = (value) => (typeof value === "string" ? value.replace(/[^\P{C}\u200c\u200d]|[\p{Zl}\p{Zp}]/gu, " ") : "");

  function take(given) {
    if (given?.brief !== main.dataset.brief || !Array.isArray(given.decisions)) throw new Error("it is of another brief");
    const taken = new Map();
    for (const one of given.decisions) {
      const decision = clean(one?.decision);
      if (!named.has(one?.line) || !Object.hasOwn(VERDICT, decision)) throw new Error("it decides about what is no line");
      const text = decision === "edit" ? clean(one.text) : undefined;
      const by = named.has(given.by?.[one.line]) ? given.by[one.line] : undefined; /* in what the browser kept only */
      taken.set(one.line, { decision, text, seen: one.seen_in_source === true, note: clean(one.note) || undefined, by });
    }
    decisions = taken;
    const name = clean(given.reviewer).slice(0, 200);
    if (name !== "(no name given)") byId("reviewer").value = name;
    const at = clean(given.reviewed_at);
    signed = given.signed_off === true && reviewer() && Date.parse(at) && !open() ? { reviewer: reviewer(), at } : null;
    redraw();
  }

  function redraw() {
    for (const id of named.keys()) tell(id);
    const again = chosen;
    letGo();
    if (again) { if (again.matches(".s")) chooseSentence(again); else chooseLine(again, { scroll: false }); }
    progress();
    keep();
  }

  /* Decisions outlive a closed page where the browser lets it keep them. */

  const key = () => `summarizer-review-${main.dataset.brief}`;
  function keep() {
    const by = Object.fromEntries([...decisions].map(([id, decision]) => [id, decision.by]));
    try { localStorage.setItem(key(), JSON.stringify({ ...record(), by })); } catch { /* private windows, attachments */ }
  }

  async function load({ target }) {
    let told = "The review record was loaded.";
    try {
      take(JSON.parse(await target.files[0].text()));
      saved = state();
    } catch (error) {
      told = `The file is no review record of this brief: ${clean(error.message).slice(0, 200)}.`;
    }
    byId("found").textContent = told;
    target.value = "";
  }

  function startReview() {
    byId("review").hidden = byId("decided").hidden = false;
    byId("reviewer").addEventListener("input", () => { signed = null; progress(); keep(); });
    byId("sign").addEventListener("click", () => {
      signed = { reviewer: reviewer(), at: new Date().toISOString() };
      progress();
      keep();
      byId("save").focus();
    });
    byId("save").addEventListener("click", save);
    byId("again").addEventListener("click", () => { decisions = new Map(); signed = null; redraw(); });
    byId("load").addEventListener("change", load);
    saved = state();
    window.onbeforeunload = (event) => { if (decisions.size && state() !== saved) event.preventDefault(); };
    try {
      const before = localStorage.getItem(key());
      if (before) take(JSON.parse(before));
    } catch { /* nothing kept, or not readable */ }
    progress();
  }

  window.startPage = start;
  start();
})();
