// The page's own script: opens footnotes, keeps drafts, and asks the server for what stands beside the answers.
// HTML comes from the server already escaped; everything else is set as text.
(() => {
  "use strict";
  const at = (id) => document.getElementById(id);
  const box = () => document.querySelector("#fn-ask textarea");
  const state = { conversation: new URLSearchParams(location.search).get("c") || "", pending: {}, only: new Map(), opened: null, asked: "" };
  const say = (text) => { at("fn-say").textContent = text; };

  async function request(action, values, body) {
    const query = body ? "" : "?" + new URLSearchParams(values || {});
    const answer = await fetch("./chat/" + action + query, body
      ? { method: "POST", headers: { "x-footnote": "1", "content-type": "application/json" }, body: JSON.stringify(body) } : {});
    if (!answer.ok) throw new Error(await answer.text());
    return (answer.headers.get("content-type") || "").startsWith("application/json") ? answer.json() : answer.text();
  }
  const attempt = async (work) => { try { return await work(); } catch (error) { toast(error.message); return null; } };
  function toast(text) {
    say(text);
    const tip = at("fn-tip");
    tip.replaceChildren(document.createTextNode(text));
    tip.hidden = false;
    Object.assign(tip.style, { left: "12px", top: "12px" });
    setTimeout(() => { tip.hidden = true; }, 4000);
  }

  // Asking ---------------------------------------------------------------------------------------------------------
  window.footnote = {
    context() {
      const context = { conversation: state.conversation, only: [...state.only.keys()], ...state.pending };
      state.pending = {};
      begin();
      return context;
    },
    stopped() { finish(true); },
  };
  function begin() {
    document.body.classList.add("asking");
    state.left = false;
    hideTip();
    settle();
    state.asked = box().value;
    localStorage.removeItem("footnote-draft");
    setTimeout(() => { if (box().value === state.asked) fill(""); }, 30);
    const welcome = document.querySelector(".welcome");
    if (welcome) welcome.remove();
  }
  // What was live becomes history before the next answer takes its place.
  function settle() {
    const live = document.querySelector("#fn-live .turn");
    if (!live) return;
    const copy = live.cloneNode(true);
    const replaced = state.replacing;
    for (const tool of copy.querySelectorAll("[data-do=retry],[data-do=edit]")) tool.remove();
    if (!replaced) at("fn-history").append(copy);
    live.hidden = true;
  }
  function dropFrom(turn) {
    for (const old of document.querySelectorAll("#fn-history .turn")) if (Number(old.dataset.turn) >= turn) old.remove();
  }
  function fill(text) {
    const area = box();
    Object.getOwnPropertyDescriptor(HTMLTextAreaElement.prototype, "value").set.call(area, text);
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }
  function ask(question, pending) {
    state.pending = pending || {};
    state.replacing = state.pending.replacing;
    if (state.replacing) dropFrom(state.replacing);
    fill(question);
    setTimeout(() => document.querySelector("#fn-send").click(), 30);
  }
  function finish(stopped) {
    document.body.classList.remove("asking");
    state.replacing = null;
    if (stopped) { say("Stopped"); setTimeout(reload, 400); }
  }
  async function reload() {
    if (!state.conversation) return;
    const html = await attempt(() => request("conversation", { id: state.conversation }));
    if (html === null) return;
    at("fn-history").innerHTML = html;
    const live = document.querySelector("#fn-live .turn");
    if (live) live.hidden = true;
  }
  // A growing answer stays in view, but its question is never pushed out, and a reader who scrolls is left alone.
  function keepInView(turn) {
    if (state.left) return;
    const box = turn.getBoundingClientRect(), bar = at("fn-bar").getBoundingClientRect().bottom;
    const below = box.bottom - at("fn-composer").getBoundingClientRect().top, above = box.top - Math.max(bar, 0) - 24;
    if (below > 0 && above > 0) window.scrollBy(0, Math.min(below, above));
  }
  function watchLive() {
    const live = at("fn-live");
    new MutationObserver(() => {
      const turn = live.querySelector(".turn");
      if (!turn || turn.hidden) return;
      const holder = live.querySelector("[data-conversation]");
      if (holder && holder.dataset.conversation !== state.conversation) {
        state.conversation = holder.dataset.conversation;
        history.replaceState(null, "", "./?c=" + encodeURIComponent(state.conversation));
        refreshConversations();
      }
      keepInView(turn);
      if (turn.dataset.done === "1" && document.body.classList.contains("asking")) {
        finish(false);
        const short = turn.querySelector(".a");
        say(short ? short.innerText.slice(0, 500) : "Answered");
      }
    }).observe(live, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-done"] });
  }

  // Reading --------------------------------------------------------------------------------------------------------
  async function openSource(action, values, opener) {
    const html = await attempt(() => request(action, values));
    if (html === null) return;
    if (state.opened) state.opened.setAttribute("aria-expanded", "false");
    state.opened = opener;
    if (opener) opener.setAttribute("aria-expanded", "true");
    at("fn-source-body").innerHTML = html;
    at("fn-source").hidden = false;
    document.body.classList.add("reading");
    hideTip();
    const panel = at("fn-source"), mark = at("fn-mark"), title = at("fn-source-title");
    panel.scrollTop = 0;
    title.focus({ preventScroll: true });
    if (mark && mark.textContent) panel.scrollTop = Math.max(0, mark.getBoundingClientRect().top - panel.getBoundingClientRect().top - panel.clientHeight / 3);
    if (opener) opener.scrollIntoView({ block: "nearest" });
  }
  function closeSource() {
    at("fn-source").hidden = true;
    document.body.classList.remove("reading");
    if (state.opened) { state.opened.setAttribute("aria-expanded", "false"); if (state.opened.isConnected) state.opened.focus(); state.opened = null; }
  }
  function showTip(mark) {
    const tip = at("fn-tip"), where = document.createElement("b"), quote = document.createElement("span");
    where.textContent = mark.dataset.where; where.dir = "auto";
    quote.textContent = "“" + mark.dataset.quote + "”"; quote.dir = "auto";
    tip.replaceChildren(where, quote);
    tip.hidden = false;
    mark.setAttribute("aria-describedby", "fn-tip");
    const near = mark.getBoundingClientRect(), size = tip.getBoundingClientRect();
    tip.style.left = Math.max(12, Math.min(near.left - 20, innerWidth - size.width - 12)) + "px";
    tip.style.top = (near.bottom + size.height + 12 < innerHeight ? near.bottom + 8 : Math.max(8, near.top - size.height - 8)) + "px";
  }
  function hideTip() { at("fn-tip").hidden = true; }

  // Documents ------------------------------------------------------------------------------------------------------
  async function refreshDocuments() {
    const html = await attempt(() => request("documents", { search: at("fn-find-document").value }));
    if (html !== null) at("fn-document-list").innerHTML = html;
    await refreshState();
  }
  async function refreshState() {
    const known = await attempt(() => request("state"));
    if (!known) return;
    at("fn-count").textContent = " · " + known.documents.toLocaleString();
    at("fn-model").textContent = known.model;
    return known;
  }
  async function refreshConversations() {
    const html = await attempt(() => request("conversations", { search: at("fn-find").value, current: state.conversation }));
    if (html !== null) at("fn-conversations").innerHTML = html;
  }
  function upload(files) {
    if (!files.length) return;
    if (!at("fn-documents").open) at("fn-documents").showModal();
    const form = new FormData(), sending = new XMLHttpRequest(), bar = document.createElement("progress"), label = document.createElement("label");
    for (const file of files) form.append("files", file, file.name);
    label.append("Sending " + files.length + (files.length === 1 ? " file" : " files"), bar);
    at("fn-progress").replaceChildren(label);
    sending.upload.onprogress = (event) => { if (event.lengthComputable) { bar.max = event.total; bar.value = event.loaded; } };
    sending.onerror = () => { at("fn-progress").textContent = "The files could not be sent: is the server still running?"; };
    sending.onload = () => sending.status === 200 ? follow(JSON.parse(sending.responseText).job) : (at("fn-progress").textContent = sending.responseText);
    sending.open("POST", "./chat/upload");
    sending.setRequestHeader("x-footnote", "1");
    sending.send(form);
  }
  async function follow(job) {
    for (;;) {
      const known = await attempt(() => request("job", { id: job }));
      if (!known) return;
      at("fn-progress").innerHTML = known.html;
      if (known.done) break;
      await new Promise((resolve) => setTimeout(resolve, 400));
    }
    await refreshDocuments();
    if (document.querySelector(".welcome")) { const html = await attempt(() => request("conversation", {})); if (html !== null) at("fn-history").innerHTML = html; }
  }
  function showOnly() {
    at("fn-chips").replaceChildren(...[...state.only].map(([key, name]) => {
      const chip = document.createElement("button");
      chip.type = "button";
      chip.textContent = "Only " + name + " ×";
      chip.setAttribute("aria-label", "Ask all documents again, not only " + name);
      chip.onclick = () => { state.only.delete(key); showOnly(); box().focus(); };
      return chip;
    }));
  }

  // A question to the reader, instead of window.prompt
  function prompted(title, text, needsText = true) {
    const dialog = at("fn-prompt"), area = at("fn-prompt-text");
    at("fn-prompt-title").textContent = title;
    area.value = text; area.hidden = !needsText;
    dialog.returnValue = "";
    dialog.showModal();
    if (needsText) { area.focus(); area.select(); }
    return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "ok" ? area.value : null), { once: true }));
  }

  const actions = {
    menu() { const open = document.body.classList.toggle("menu"); document.querySelector("[data-do=menu]").setAttribute("aria-expanded", open); if (open) document.querySelector("#fn-nav button").focus(); },
    new() { location.href = "./"; },
    close: closeSource,
    documents() { document.body.classList.remove("menu"); at("fn-documents").showModal(); refreshDocuments(); },
    settings() { document.body.classList.remove("menu"); at("fn-settings").showModal(); refreshState(); },
    suggest(button) { ask(button.dataset.question); },
    retry(button) { ask(button.dataset.question, { replacing: Number(button.dataset.turn) }); },
    async edit(button) {
      const text = await prompted("Edit the question", button.dataset.question);
      if (text && text.trim()) ask(text.trim(), { replacing: Number(button.dataset.turn) });
    },
    async search(button) {
      const text = await prompted("Search for this instead", button.dataset.text);
      if (text && text.trim()) ask(button.dataset.question, { replacing: Number(button.dataset.turn), search_for: text.trim() });
    },
    async copy(button) {
      const text = await attempt(() => request("export", { turn: button.dataset.turn }));
      if (text === null) return;
      try { await navigator.clipboard.writeText(text); button.textContent = "Copied"; say("Copied with its footnotes"); }
      catch { toast("The browser did not allow copying."); }
    },
    async judge(button) {
      const verdict = button.getAttribute("aria-pressed") === "true" ? "" : button.dataset.verdict;
      const reason = verdict === "down" ? await prompted("What was wrong? (may stay empty)", "") : "";
      if (reason === null) return;
      if (await attempt(() => request("judge", null, { turn: button.dataset.turn, verdict, reason })) === null) return;
      for (const other of button.parentElement.querySelectorAll("[data-do=judge]")) other.setAttribute("aria-pressed", other.dataset.verdict === verdict);
    },
    read(button) { at("fn-documents").close(); openSource("read", { key: button.dataset.key }, null); },
    only(button) { state.only.set(button.dataset.key, button.dataset.name); showOnly(); at("fn-documents").close(); box().focus(); },
    async remove(button) {
      if (await prompted("Remove “" + button.dataset.name + "” from the index?", "", false) === null) return;
      await attempt(() => request("remove", null, { key: button.dataset.key }));
      state.only.delete(button.dataset.key); showOnly(); refreshDocuments();
    },
    async rename() {
      if (!state.conversation) return toast("There is no conversation yet.");
      const name = await prompted("Name of the conversation", (document.querySelector("#fn-nav [aria-current]") || {}).textContent || "");
      if (name) { await attempt(() => request("rename", null, { id: state.conversation, name })); refreshConversations(); }
    },
    async delete() {
      if (!state.conversation) return toast("There is no conversation yet.");
      if (await prompted("Delete this conversation for good?", "", false) === null) return;
      if (await attempt(() => request("delete", null, { id: state.conversation })) !== null) location.href = "./";
    },
  };

  document.addEventListener("click", (event) => {
    const target = event.target.closest ? event.target : event.target.parentElement;
    const mark = target.closest(".fn, .near");
    if (mark) {
      const values = mark.dataset.note ? { turn: mark.dataset.turn, note: mark.dataset.note } : { turn: mark.dataset.turn, passage: mark.dataset.passage };
      return mark.getAttribute("aria-expanded") === "true" && !at("fn-source").hidden ? closeSource() : openSource("source", values, mark);
    }
    const exported = target.closest("[data-export]");
    if (exported) {
      event.preventDefault();
      if (!state.conversation) return toast("There is no conversation yet.");
      location.href = "./chat/export?" + new URLSearchParams({ id: state.conversation, format: exported.dataset.export });
      return;
    }
    const skip = target.closest(".skip");
    if (skip) { event.preventDefault(); box().focus(); return; }
    const button = target.closest("[data-do]");
    if (button && actions[button.dataset.do]) return actions[button.dataset.do](button);
    if (document.body.classList.contains("menu") && !target.closest("#fn-nav")) actions.menu();
  });
  document.addEventListener("mouseover", (event) => { const mark = event.target.closest && event.target.closest(".fn"); if (mark) showTip(mark); });
  document.addEventListener("mouseout", (event) => { if (event.target.closest && event.target.closest(".fn")) hideTip(); });
  document.addEventListener("focusin", (event) => { if (event.target.matches(".fn:focus-visible")) showTip(event.target); });
  document.addEventListener("focusout", (event) => { if (event.target.matches(".fn")) hideTip(); });
  document.addEventListener("input", (event) => { if (event.target === box()) localStorage.setItem("footnote-draft", event.target.value); });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !document.querySelector("dialog[open]")) { event.preventDefault(); box().focus(); }
    if (event.key === "Escape") { hideTip(); if (document.body.classList.contains("menu")) actions.menu(); else if (!at("fn-source").hidden && !document.querySelector("dialog[open]")) closeSource(); }
  });
  for (const moved of ["wheel", "touchmove"]) document.addEventListener(moved, () => { state.left = true; }, { passive: true });
  let dragged = 0;
  const carriesFiles = (event) => event.dataTransfer && [...event.dataTransfer.types].includes("Files");
  document.addEventListener("dragenter", (event) => { if (carriesFiles(event)) { dragged++; at("fn-over").hidden = false; } });
  document.addEventListener("dragleave", (event) => { if (carriesFiles(event) && --dragged <= 0) { dragged = 0; at("fn-over").hidden = true; } });
  document.addEventListener("dragover", (event) => { if (carriesFiles(event)) event.preventDefault(); });
  document.addEventListener("drop", (event) => { if (!carriesFiles(event)) return; event.preventDefault(); dragged = 0; at("fn-over").hidden = true; upload([...event.dataTransfer.files]); });

  function applyTheme(theme) {
    if (theme === "system") delete document.documentElement.dataset.theme; else document.documentElement.dataset.theme = theme;
    const dark = theme === "dark" || (theme === "system" && matchMedia("(prefers-color-scheme: dark)").matches);
    document.body.classList.toggle("dark", dark);
  }
  async function start() {
    const theme = localStorage.getItem("footnote-theme") || "system";
    applyTheme(theme);
    for (const radio of document.querySelectorAll("#fn-settings [name=theme]")) {
      radio.checked = radio.value === theme;
      radio.onchange = () => { localStorage.setItem("footnote-theme", radio.value); applyTheme(radio.value); };
    }
    for (const id of ["fn-files", "fn-folder"]) at(id).onchange = (event) => { upload([...event.target.files]); event.target.value = ""; };
    at("fn-find").oninput = refreshConversations;
    at("fn-find-document").oninput = refreshDocuments;
    refreshConversations();
    const known = refreshState();
    while (!(at("fn-history") && box() && at("fn-live"))) await new Promise((resolve) => setTimeout(resolve, 40));
    applyTheme(theme);
    box().setAttribute("aria-label", "Your question");
    box().dir = "auto";
    watchLive();
    const html = await attempt(() => request("conversation", { id: state.conversation }));
    if (html === null && state.conversation) { state.conversation = ""; history.replaceState(null, "", "./"); at("fn-history").innerHTML = await request("conversation", {}); }
    else if (html !== null) at("fn-history").innerHTML = html;
    const turns = document.querySelectorAll("#fn-history .turn");
    if (turns.length) turns[turns.length - 1].scrollIntoView({ block: "nearest" });
    const draft = localStorage.getItem("footnote-draft");
    if (draft) fill(draft);
    document.body.dataset.ready = "1";
    for (const job of ((await known) || {}).jobs || []) follow(job);
  }
  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", start) : start();
})();
