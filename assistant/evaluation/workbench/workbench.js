// The workbench's page. Every text of a document or a model is put in as text, never as markup.
(() => {
  "use strict";
  const at = (id) => document.getElementById(id);
  const VERDICTS = [["right", "Right"], ["partly", "Partly"], ["wrong", "Wrong"], ["refuse", "Should have refused"]];
  const WORDS = { right: "right", partly: "partly right", wrong: "wrong", refuse: "should have refused", "": "undecided" };
  const HIDDEN = /[\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g; // they reorder or hide what is around them
  const state = { start: null, rows: [], shown: [], item: null, active: 0, whole: false, summary: null, asked: 0, notes: {} };

  function element(tag, options = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(options)) {
      if (value === null || value === undefined || value === false) continue;
      if (name === "class") made.className = value;
      else if (name === "text") made.textContent = value;
      else if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
    return made;
  }
  const clean = (text) => String(text).replace(HIDDEN, "");
  const grader = () => at("grader").value.trim();
  const blind = () => at("blind").checked;

  async function request(path, values) {
    const options = values === undefined ? {} : {
      method: "POST", body: JSON.stringify(values), headers: { "content-type": "application/json", "x-footnote": "1" },
    };
    let reply, found;
    try {
      reply = await fetch(path, options);
      found = await reply.json();
    } catch {
      throw new Error("The workbench does not answer: is footnote review still running? Nothing was saved.");
    }
    if (!reply.ok) throw new Error(found.error || "That did not work.");
    return found;
  }
  const viewer = () => "?" + new URLSearchParams({ grader: grader(), blind: blind() ? "1" : "0" });

  let hiding = 0;
  function toast(text, fine = false) {
    const place = at("toast");
    place.textContent = text;
    place.className = fine ? "fine" : "";
    place.hidden = false;
    clearTimeout(hiding);
    hiding = setTimeout(() => { place.hidden = true; }, fine ? 4000 : 9000);
  }
  const say = (text) => { at("said").textContent = text; };
  async function attempt(work) {
    try { return await work(); } catch (error) { toast(error.message); return null; }
  }

  // The list ------------------------------------------------------------------------------------------------------

  function fits(row) {
    const wanted = at("outcome").value, slice = at("slice").value, search = at("search").value.trim().toLowerCase();
    if (search && !(row.question + " " + row.id).toLowerCase().includes(search)) return false;
    if (slice) {
      const [name, value] = JSON.parse(slice);
      if (!(row.slices[name] || []).includes(value)) return false;
    }
    switch (wanted) {
      case "": return true;
      case "open": return !row.failed && row.mine.includes("");
      case "mine": return row.mine.some(Boolean);
      case "chat": return row.chat;
      case "failed": return row.failed;
      case "won": case "lost": return row.change === wanted;
      case "differ": return row.differ;
      default: return row.automatic.includes(wanted);
    }
  }
  function dotOf(row) {
    const given = row.mine.filter(Boolean);
    if (!given.length) return "";
    if (given.length < row.mine.length) return "half";
    return new Set(given).size === 1 ? given[0] : "mixed";
  }
  function dotWords(row) {
    const given = row.mine.filter(Boolean);
    return given.length ? "graded: " + given.map((one) => WORDS[one]).join(", ") : row.failed ? "no answer" : "not graded";
  }
  function tagsOf(row) {
    const tags = [];
    if (row.chat) tags.push("chat");
    if (row.failed) tags.push("no answer");
    if (row.change) tags.push(row.change);
    if (row.differ) tags.push("verdicts differ");
    return tags.join(" · ");
  }
  function entry(row) {
    const tags = tagsOf(row);
    return element("li", {}, element("button", {
      type: "button", "data-item": row.item, onclick: () => open(row.item), "aria-current": state.item && state.item.item === row.item ? "true" : null,
    }, element("span", { class: "dot " + dotOf(row) }), element("span", { class: "text", text: clean(row.question) }),
    element("span", { class: "hidden", text: " (" + dotWords(row) + ")" }), tags && element("span", { class: "tags", text: tags })));
  }
  function list() {
    state.shown = state.rows.filter(fits);
    at("list").replaceChildren(...state.shown.map(entry));
    const all = state.rows.length, shown = state.shown.length;
    at("count").textContent = shown === all ? all + (all === 1 ? " question" : " questions") : shown + " of " + all + " questions";
    if (!shown && blind() && ["won", "lost", "right", "wrong", "not graded", "differ"].includes(at("outcome").value)) {
      at("count").textContent += ". While you grade blind, this shows only what you have graded.";
    }
    progress();
  }
  function progress() {
    const answers = state.rows.flatMap((row) => row.mine);
    at("progress").textContent = answers.filter(Boolean).length + " of " + answers.length + " answers graded";
  }
  function place() {
    for (const button of at("list").querySelectorAll("[aria-current]")) button.removeAttribute("aria-current");
    const button = state.item && at("list").querySelector('[data-item="' + state.item.item + '"]');
    if (button) { button.setAttribute("aria-current", "true"); button.scrollIntoView({ block: "nearest" }); }
  }
  async function load() {
    const asked = ++state.asked;
    const found = await attempt(() => request("/items" + viewer()));
    if (!found || asked !== state.asked) return;
    state.rows = found.items;
    state.summary = found.summary;
    list();
    const wanted = Number((location.hash.match(/^#(\d+)$/) || [])[1] || NaN);
    const first = state.item ? state.item.item : state.rows[wanted] ? wanted : (state.shown[0] || { item: null }).item;
    if (first !== null) await open(first, false);
    else at("item").replaceChildren(element("p", { class: "empty", text: "There is nothing to grade." }));
  }
  function step(by) {
    if (!state.shown.length) return;
    const now = state.shown.findIndex((row) => state.item && row.item === state.item.item);
    const next = now < 0 ? nearest(by) : now + by;
    if (next >= 0 && next < state.shown.length) open(state.shown[next].item);
    else toast(by > 0 ? "That was the last question shown." : "That is the first question shown.", true);
  }
  function nearest(by) { // the open question is not among those shown
    const now = state.item ? state.item.item : -1;
    const after = state.shown.findIndex((row) => row.item > now);
    if (by > 0) return after < 0 ? state.shown.length : after;
    return after < 0 ? state.shown.length - 1 : after - 1;
  }
  function nextOpen() {
    const now = state.item ? state.item.item : -1, waiting = state.shown.filter((row) => !row.failed && row.mine.includes(""));
    const next = waiting.find((row) => row.item > now) || waiting.find((row) => row.item < now);
    if (next) open(next.item);
    else toast(waiting.length ? "This is the only one left." : "All answers shown here are graded.", true);
  }

  // One question --------------------------------------------------------------------------------------------------

  async function open(number, focus = true) {
    const asked = ++state.asked;
    const item = await attempt(() => request("/items/" + number + viewer()));
    if (!item || asked !== state.asked) return;
    const other = !state.item || state.item.item !== number;
    state.item = item;
    if (other) state.active = Math.max(0, item.answers.findIndex((answer) => !answer.mine));
    history.replaceState(null, "", "#" + number);
    show();
    place();
    if (focus) {
      at("toggle").setAttribute("aria-expanded", "false");
      scrollTo({ top: 0 });
      at("item").scrollTop = 0;
      at("item").focus({ preventScroll: true });
    }
  }
  function show() {
    const item = state.item, several = item.answers.length > 1;
    const answers = element("div", { class: "answers" + (several ? " several" : "") }, ...item.answers.map(card));
    at("item").replaceChildren(
      element("p", { class: "id", text: clean(item.id) + (item.chat ? " · from the chat" : "") }),
      element("h2", { text: item.whole }),
      ...about(item), ...item.errors.map((failed) => element("p", { class: "bad", text: clean(failed.run) + ": " + failed.error })),
      item.answers.length ? answers : element("p", { class: "soft", text: "There is no answer to grade." }),
      element("div", { class: "ways" }, element("button", { type: "button", text: "Previous", onclick: () => step(-1) }),
        element("button", { type: "button", text: "Next", onclick: () => step(1) }),
        element("button", { type: "button", text: "Next open", onclick: nextOpen })),
    );
  }
  function about(item) {
    const parts = [];
    if (item.history.length) {
      parts.push(element("details", { class: "turns" }, element("summary", { text: item.history.length + " earlier messages" }),
        ...item.history.map((turn) => element("p", {}, element("b", { text: (turn.role === "user" ? "Question" : "Answer") + ": " }), turn.content))));
    }
    if (item.searched && item.searched !== item.whole) parts.push(element("p", { class: "soft", text: "Searched for: " + item.searched }));
    if (item.chat) {
      parts.push(element("div", { class: "expected reader" }, element("p", {}, element("b", { text: "The reader said: " }), item.reason || "not helpful, without a reason")));
      return parts;
    }
    const expected = element("div", { class: "expected" });
    if (item.answerable === false) expected.append(element("p", {}, element("b", { text: "Expected: " }), "a refusal, since the documents do not answer it"));
    else if (item.expected.length) expected.append(element("p", {}, element("b", { text: "Expected: " }), item.expected.join(" / ")));
    if (item.answerable !== false && item.evidence.length) {
      expected.append(element("details", {}, element("summary", { text: item.evidence.length === 1 ? "Marked evidence" : item.evidence.length + " pieces of marked evidence" }),
        ...item.evidence.map((one) => element("blockquote", { text: one }))));
    }
    if (!expected.children.length) expected.append(element("p", { class: "soft", text: "The question set does not say what is right." }));
    parts.push(expected);
    return parts;
  }
  function title(answer, number, several) {
    if (answer.runs.length) return clean(answer.runs.join(" and ")) + (state.start.runs.length > 1 && answer.runs.length > 1 ? " (the same answer)" : "");
    return several ? "Answer " + (number + 1) + " (its run is shown when all are graded)" : "The same answer of all runs";
  }
  function card(answer, number) {
    const several = state.item.answers.length > 1, mine = answer.mine ? answer.mine.verdict : "";
    const made = element("section", { class: "answer", "data-active": String(number === state.active), "aria-label": several ? "Answer " + (number + 1) : "Answer" },
      state.item.chat ? null : element("h3", { text: title(answer, number, several) }), spoken(answer, number), answer.notice && element("p", { class: "reason", text: answer.notice }),
      element("div", { class: "grade", role: "group", "aria-label": "Verdict" }, ...VERDICTS.map(([verdict, word], place) => element("button", {
        type: "button", "data-verdict": verdict, "aria-pressed": String(mine === verdict), disabled: verdict === "refuse" && answer.refused,
        title: verdict === "refuse" && answer.refused ? "It is a refusal already" : null,
        onclick: () => grade(number, mine === verdict ? "" : verdict),
      }, element("kbd", { text: String(place + 1), "aria-hidden": "true" }), word))),
      noteField(answer, number), revealed(answer), adding(answer), ...footnotes(answer, number), found(answer));
    made.addEventListener("pointerdown", () => activate(number));
    made.addEventListener("focusin", () => activate(number));
    return made;
  }
  function spoken(answer, number) {
    const said = element("div", { class: "said" + (answer.refused ? " refusal" : "") });
    let paragraph = element("p");
    for (const sentence of answer.sentences) {
      if (sentence.paragraph && paragraph.childNodes.length) { said.append(paragraph); paragraph = element("p"); }
      paragraph.append(element("span", { class: sentence.supported ? null : "weak", title: sentence.supported ? null : "No passage supports this sentence", text: sentence.text }));
      for (const note of sentence.notes) paragraph.append(element("sup", {}, element("a", { href: "#note-" + number + "-" + note, text: note, onclick: (event) => { event.preventDefault(); jump(number, note); } })));
      paragraph.append(" ");
    }
    if (!answer.sentences.length) paragraph.append(answer.text || "(an empty answer)");
    said.append(paragraph);
    if (answer.reason) said.append(element("p", { class: "reason", text: answer.reason }));
    return said;
  }
  function jump(number, note) {
    const target = at("note-" + number + "-" + note);
    if (target) { target.scrollIntoView({ block: "center" }); target.tabIndex = -1; target.focus({ preventScroll: true }); }
  }
  const draft = (answer) => state.item.item + " " + answer.key;
  function noteField(answer, number) {
    const kept = answer.mine ? answer.mine.note : "";
    const field = element("textarea", { class: "note", rows: 1, maxlength: 2000, placeholder: "Note (n)", "aria-label": "Note" });
    field.value = draft(answer) in state.notes ? state.notes[draft(answer)] : kept;
    field.addEventListener("input", () => { state.notes[draft(answer)] = field.value; });
    field.addEventListener("change", () => { if (answer.mine && field.value.trim() !== kept) grade(number, answer.mine.verdict); });
    return field;
  }
  function revealed(answer) {
    if (answer.hidden) return null;
    const lines = [];
    if (answer.automatic && !state.item.chat) {
      const { verdict, by, why } = answer.automatic;
      lines.push(element("p", {}, element("b", { text: "Automatic: " }), element("span", { class: "is-" + verdict.replace(" ", "-"), text: verdict }), by ? " by " + by + (why ? ": " + why : "") : ""));
    }
    for (const [name, label] of Object.entries(answer.others)) {
      lines.push(element("p", {}, element("b", { text: clean(name) + ": " }), element("span", { class: "is-" + label.verdict, text: WORDS[label.verdict] }), label.note ? ", “" + label.note + "”" : ""));
    }
    return lines.length ? element("div", { class: "revealed" }, ...lines) : null;
  }
  function adding(answer) {
    if (!state.item.chat || !answer.mine) return null;
    const verdict = answer.mine.verdict, needed = verdict !== "refuse" && verdict !== "right";
    const field = element("textarea", { id: "right-answer", rows: 1, maxlength: 2000 });
    field.value = state.item.right_answer;
    const send = async () => {
      const done = await attempt(() => request("/question", { item: state.item.item, grader: grader(), right: needed ? field.value : "" }));
      if (done) { toast(done.said, true); say(done.said); }
    };
    return element("div", { class: "add" }, needed ? element("label", { for: "right-answer", text: "The right answer, if you know it" }) : null, needed ? field : null,
      element("button", { type: "button", text: "Add to " + clean(state.start.add_to) + " (a)", onclick: send }));
  }
  const fileName = (source) => (/^\w+:\/\//.test(source) ? source : source.split("/").pop() || source);
  function where(part) {
    return [element("bdi", { text: clean(part.title) }), part.place ? ", " + clean(part.place) : "", part.source && fileName(part.source) !== part.title ? element("span", { class: "soft", title: clean(part.source) }, " · ", element("bdi", { text: fileName(clean(part.source)) })) : ""];
  }
  function ends(text, most, fromEnd) {
    if (state.whole || text.length <= most) return text;
    return fromEnd ? "… " + text.slice(-most).replace(/^\S*\s/, "") : text.slice(0, most).replace(/\s\S*$/, "") + " …";
  }
  function footnotes(answer, number) {
    if (!answer.footnotes.length) return answer.refused ? [] : [element("p", { class: "reason", text: "The answer has no footnotes." })];
    const around = answer.footnotes.some((note) => note.before.length > 220 || note.after.length > 220);
    return [element("h4", {}, "Footnotes ", around ? element("button", { type: "button", class: "link", text: state.whole ? "show less around them (o)" : "show all around them (o)", onclick: toggleWhole }) : ""),
      ...answer.footnotes.map((note) => element("div", { class: "note-of", id: "note-" + number + "-" + note.number },
        element("p", {}, element("b", { text: note.number + " " }), ...where(note)),
        note.broken ? element("p", { class: "bad", text: "This quote is not the stored text." }) : null,
        element("blockquote", {}, element("span", { class: "around", text: ends(note.before, 220, true) }), element("mark", { text: note.quote }), element("span", { class: "around", text: ends(note.after, 220, false) })),
        note.before || note.after ? null : element("p", { class: "soft", text: "Only the quote is kept in this run." })))];
  }
  function found(answer) {
    if (!answer.passages.length) return null;
    return element("details", { class: "turns", open: answer.refused }, element("summary", { text: answer.passages.length === 1 ? "The first passage found" : "The first " + answer.passages.length + " passages found" }),
      ...answer.passages.map((passage) => element("div", { class: "note-of" }, element("p", {}, ...where(passage)), element("blockquote", { text: ends(passage.text, 500, false) }))));
  }
  function activate(number) {
    if (number === state.active) return;
    state.active = number;
    document.querySelectorAll(".answer").forEach((one, place) => { one.dataset.active = String(place === number); });
  }
  function toggleWhole() { state.whole = !state.whole; show(); }

  async function grade(number, verdict) {
    const item = state.item, answer = item && item.answers[number];
    if (!answer) return;
    if (verdict === "refuse" && answer.refused) return toast("This answer is a refusal already: it is right, or wrong.", true);
    const note = draft(answer) in state.notes ? state.notes[draft(answer)] : answer.mine ? answer.mine.note : "";
    const shown = await attempt(() => request("/label", { item: item.item, answer: answer.key, verdict, grader: grader(), note, blind: blind() }));
    if (!shown) return;
    delete state.notes[draft(answer)];
    state.rows[shown.item] = shown;
    say(verdict ? "Saved: " + WORDS[verdict] : "Verdict taken back");
    progress();
    const button = at("list").querySelector('[data-item="' + shown.item + '"]');
    if (button) button.parentElement.replaceWith(entry(shown));
    if (state.item.item !== shown.item) return place();
    const key = shown.answers.findIndex((one) => !one.mine), same = shown.answers.findIndex((one) => one.key === answer.key);
    state.item = shown;
    state.active = verdict && key >= 0 ? key : Math.max(0, same);
    show();
    place();
    at("item").focus({ preventScroll: true });
  }

  // Around it -----------------------------------------------------------------------------------------------------

  function measured(entry) {
    if (entry.value === null) return "– (" + entry.reason + ")";
    return entry.value.toFixed(2) + " (" + entry.interval[0].toFixed(2) + " to " + entry.interval[1].toFixed(2) + ", n " + entry.n + ")";
  }
  async function summary() {
    const fresh = await attempt(() => request("/items" + viewer()));
    if (!fresh) return;
    const row = (...cells) => element("tr", {}, ...cells.map((cell, place) => element(place ? "td" : "th", { text: cell })));
    const parts = fresh.summary.runs.map((run) => element("table", {}, row(clean(run.run), "value (95 % interval, n)"),
      row("Right, say people", measured(run.right_by_people)), row("Agree with the automatic verdict", measured(run.agreement_automatic)), row("Cohen's kappa with it", measured(run.kappa_automatic))));
    const pairs = fresh.summary.pairs.map((pair) => element("table", {}, row(clean(pair.graders.join(" and ")), pair.n + " answers of both"),
      row("Same verdict", pair.observed.toFixed(2)), row("Cohen's kappa", pair.kappa === null ? "– (" + pair.reason + ")" : measured({ value: pair.kappa, interval: pair.interval, n: pair.n }))));
    at("summary-body").replaceChildren(...parts, ...pairs, pairs.length ? "" : element("p", { class: "soft", text: "No two people have graded the same answer." }));
    at("summary").showModal();
  }
  function refreshed() { localSave(); load(); }
  function localSave() { try { sessionStorage.setItem("review", JSON.stringify([state.start.grader, grader(), blind()])); } catch { /* kept for this page only */ } }
  function remembered() { // what was chosen on this page, unless it was opened for somebody else since
    try {
      const [whose, name, hidden] = JSON.parse(sessionStorage.getItem("review"));
      return whose === state.start.grader ? [name, hidden] : [null, null];
    } catch { return [null, null]; }
  }

  function key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const field = event.target.closest("input:not([type=checkbox]), textarea, select");
    if (field) { if (event.key === "Escape") { field.blur(); at("item").focus({ preventScroll: true }); } return; }
    if (document.querySelector("dialog[open]")) { if (event.key === "?" || event.key === "r") document.querySelector("dialog[open]").close(); return; }
    if (event.key === "Enter" && event.target.closest("button, a, summary")) return;
    const several = state.item ? state.item.answers.length : 0;
    const actions = {
      0: () => grade(state.active, ""), 1: () => grade(state.active, "right"), 2: () => grade(state.active, "partly"),
      3: () => grade(state.active, "wrong"), 4: () => grade(state.active, "refuse"),
      j: () => step(1), k: () => step(-1), Enter: nextOpen, o: toggleWhole, r: summary, "?": () => at("help").showModal(),
      ArrowRight: () => several && activate(Math.min(several - 1, state.active + 1)), ArrowLeft: () => several && activate(Math.max(0, state.active - 1)),
      a: () => { const add = document.querySelector(".add button"); if (add) add.click(); },
      b: () => { at("blind").checked = !blind(); refreshed(); },
      "/": () => { at("toggle").setAttribute("aria-expanded", "true"); at("search").focus(); },
      n: () => { const fields = document.querySelectorAll(".answer .note"); if (fields[state.active]) fields[state.active].focus(); },
    };
    if (!Object.hasOwn(actions, event.key) || (event.repeat && /^\d$/.test(event.key))) return;
    event.preventDefault();
    actions[event.key]();
  }

  async function begin() {
    state.start = await attempt(() => request("/start"));
    if (!state.start) return;
    const [name, hidden] = remembered();
    at("grader").value = name || state.start.grader;
    at("blind").checked = hidden === null ? state.start.blind : hidden;
    at("runs").textContent = [...state.start.runs, ...(state.start.chat ? ["chat"] : [])].map(clean).join(" · ");
    at("notes").replaceChildren(...state.start.notes.map((text) => element("p", { text: clean(text) })));
    for (const [field, values] of Object.entries(state.start.slices)) {
      at("slice").append(element("optgroup", { label: clean(field) }, ...values.map((value) => element("option", { value: JSON.stringify([field, value]), text: clean(field + ": " + value) }))));
    }
    for (const option of document.querySelectorAll("#outcome [value=won], #outcome [value=lost]")) option.hidden = state.start.runs.length < 2;
    document.querySelector("#outcome [value=chat]").hidden = !state.start.chat;
    at("slice").hidden = !at("slice").querySelector("optgroup");
    await load();
    document.body.dataset.ready = "1";
  }
  at("outcome").addEventListener("change", () => { list(); place(); });
  at("slice").addEventListener("change", () => { list(); place(); });
  at("search").addEventListener("input", () => { list(); place(); });
  at("grader").addEventListener("change", refreshed);
  at("blind").addEventListener("change", refreshed);
  at("toggle").addEventListener("click", () => at("toggle").setAttribute("aria-expanded", String(at("toggle").getAttribute("aria-expanded") !== "true")));
  at("show-help").addEventListener("click", () => at("help").showModal());
  at("show-summary").addEventListener("click", summary);
  document.addEventListener("keydown", key);
  begin();
})();
