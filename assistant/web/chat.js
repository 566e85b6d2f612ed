// The page's own script, first part: what all parts share, and asking. HTML comes from the server already escaped;
// everything else is set as text. reading.js and library.js follow in the same file when it is served.
const footnote = (() => {
  "use strict";
  const at = (id) => document.getElementById(id);
  const box = () => document.querySelector("#fn-ask textarea");
  const state = { conversation: new URLSearchParams(location.search).get("c") || "", pending: {}, documents: new Map(), collections: new Set(), opened: null, known: {} };
  const actions = {};
  const say = (text) => { at("fn-say").textContent = text; };
  const kept = { get: (name) => { try { return localStorage.getItem("footnote-" + name) || ""; } catch { return ""; } },
    set: (name, value) => { try { if (value) localStorage.setItem("footnote-" + name, value); else localStorage.removeItem("footnote-" + name); } catch { /* private window */ } } };

  async function request(action, values, body) {
    const query = body ? "" : "?" + new URLSearchParams(values || {});
    let answer;
    try {
      answer = await fetch("./chat/" + action + query, body
        ? { method: "POST", headers: { "x-footnote": "1", "content-type": "application/json" }, body: JSON.stringify(body) } : {});
    } catch { throw new Error("The server does not answer: is Footnote still running?"); }
    if (!answer.ok) throw new Error(await answer.text());
    return (answer.headers.get("content-type") || "").startsWith("application/json") ? answer.json() : answer.text();
  }
  const attempt = async (work) => { try { return await work(); } catch (error) { toast(error.message); return null; } };
  let toasted = 0;
  function toast(text) {
    say(text);
    at("fn-toast").textContent = text;
    at("fn-toast").hidden = false;
    clearTimeout(toasted);
    toasted = setTimeout(() => { at("fn-toast").hidden = true; }, 5000);
  }
  function later(work, delay) {
    let waiting = 0;
    return () => { clearTimeout(waiting); waiting = setTimeout(work, delay); };
  }

  // A question to the reader, instead of window.prompt; Enter says yes.
  function prompted(title, text, needsText = true, yes = "OK") {
    const dialog = at("fn-prompt"), area = at("fn-prompt-text");
    at("fn-prompt-title").textContent = title;
    dialog.querySelector(".send").textContent = yes;
    area.value = text; area.hidden = !needsText;
    dialog.returnValue = "";
    dialog.showModal();
    if (needsText) { area.focus(); area.select(); } else dialog.querySelector(".send").focus();
    return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "ok" ? area.value : null), { once: true }));
  }

  // A small menu beside a button: items are [label, work].
  function menu(opener, items) {
    const list = at("fn-menu");
    (opener.closest("dialog, nav") || document.body).append(list);  // a dialog covers what is outside it
    list.replaceChildren(...items.map(([label, work, kind]) => {
      const item = document.createElement("button");
      item.type = "button"; item.role = "menuitem"; item.textContent = label; item.className = kind || "";
      item.onclick = (event) => { event.stopPropagation(); closeMenu(); work(); };
      return item;
    }));
    list.hidden = false;
    const near = opener.getBoundingClientRect(), size = list.getBoundingClientRect();
    list.style.left = Math.max(8, Math.min(near.right - size.width, innerWidth - size.width - 8)) + "px";
    list.style.top = (near.bottom + size.height + 8 < innerHeight ? near.bottom + 4 : Math.max(8, near.top - size.height - 4)) + "px";
    state.menu = opener;
    opener.setAttribute("aria-expanded", "true");
    list.firstElementChild.focus();
  }
  function closeMenu() {
    if (at("fn-menu").hidden) return false;
    at("fn-menu").hidden = true;
    state.menu.setAttribute("aria-expanded", "false");
    if (state.menu.isConnected) state.menu.focus();
    return true;
  }

  // Asking ---------------------------------------------------------------------------------------------------------
  // Gradio would send an empty question, and a second one beside the first: both are caught first.
  function held(event) {
    const waiting = document.body.classList.contains("asking"), empty = !box().value.trim();
    if (!waiting && !empty) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (waiting && !empty) toast("The previous answer is still being written: wait for it, or press Stop.");
    box().focus();
  }
  document.addEventListener("click", (event) => { if (event.target.closest && event.target.closest("#fn-send")) held(event); }, true);
  document.addEventListener("keydown", (event) => {
    if (event.target === box() && event.key === "Enter" && !event.shiftKey && !event.isComposing) held(event);
  }, true);
  const draft = () => "draft:" + state.conversation;
  function context() {
    const asked = {
      conversation: state.conversation, only: [...state.documents.keys()], collections: [...state.collections],
      model: kept.get("model"), length: kept.get("length"), ...state.pending,
    };
    state.pending = {};
    begin();
    return asked;
  }
  function begin() {
    if (!box().value.trim()) return;
    document.body.classList.add("asking");
    state.left = false;
    state.hearing = null;
    settle();
    const asked = state.asked = box().value;
    kept.set(draft(), "");
    setTimeout(() => { if (box().value === asked && document.body.classList.contains("asking")) fill(""); }, 30);
    const welcome = document.querySelector(".welcome");
    if (welcome) welcome.remove();
  }
  // What was live becomes history before the next answer takes its place.
  function settle() {
    const live = document.querySelector("#fn-live .turn");
    for (const old of document.querySelectorAll("#fn-history .next, #fn-history .other, #fn-history [data-do=retry], #fn-history [data-do=edit]")) old.remove();
    if (!live) return;
    const copy = live.cloneNode(true), shown = !live.hidden && live.dataset.turn !== "0";
    for (const old of copy.querySelectorAll(".next, .other, [data-do=retry], [data-do=edit]")) old.remove();
    if (shown && !state.replacing) at("fn-history").append(copy);
    live.hidden = true;
    state.settled = live.dataset.turn;
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
  // A question that did not arrive, or an answer that broke off: the question goes back to where it was typed.
  async function failed(text) {
    if (!document.body.classList.contains("asking")) return;
    finish(false);
    if (!box().value) fill(state.asked);
    kept.set(draft(), box().value);  // Gradio loads the page again when it finds the server again
    await reload();
    toast(text || "Something went wrong while answering; the server's log says what. Ask again.");
  }
  // Gradio sends the question and reads the answer, and does not say when the server refuses the one or is gone
  // before the end of the other: so both are watched here.
  const gone = "The server does not answer: is Footnote still running? Your question is kept.";
  const plain = window.fetch.bind(window);
  window.fetch = async (target, options) => {
    const address = String((target && target.url) || target);
    const sends = address.includes("/gradio_api/queue/join"), hears = address.includes("/gradio_api/queue/data");
    if (!sends && !hears) return plain(target, options);
    let answer;
    try { answer = await plain(target, options); } catch (error) { if (error.name !== "AbortError") failed(gone); throw error; }
    if (!answer.ok) failed(await reason(answer.clone()));  // before Gradio says that it failed
    return hears && answer.ok ? listened(answer) : answer;
  };
  const reason = (answer) => answer.json().then((said) => said.error.message, () => gone);
  function listened(answer) {
    const reader = answer.body.getReader();
    const body = new ReadableStream({
      async pull(to) {
        try {
          const { done, value } = await reader.read();
          if (!done) return to.enqueue(value);
          to.close();
          setTimeout(() => { if (state.hearing === reader) failed(gone); }, 1000);  // the last words may still be drawn
        } catch (error) { if (error.name !== "AbortError") failed(gone); to.error(error); }
      },
      cancel(why) { return reader.cancel(why); },
    });
    state.hearing = reader;
    return new Response(body, { status: answer.status, headers: answer.headers });
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
    const place = turn.getBoundingClientRect(), bar = at("fn-bar").getBoundingClientRect().bottom;
    const below = place.bottom - at("fn-composer").getBoundingClientRect().top, above = place.top - Math.max(bar, 0) - 24;
    if (below > 0 && above > 0) window.scrollBy(0, Math.min(below, above));
  }
  async function goOn(turn) {
    const html = await request("further", { turn: turn.dataset.turn }).catch(() => "");
    if (html && turn.isConnected && !turn.hidden && !turn.querySelector(".next")) turn.insertAdjacentHTML("beforeend", html);
  }
  function watchLive() {
    const live = at("fn-live");
    new MutationObserver(() => {
      const turn = live.querySelector(".turn");
      if (!turn || turn.hidden) return;
      if (turn.dataset.turn === state.settled && turn.dataset.turn !== "0") { turn.hidden = true; return; }  // its event ended late
      const holder = live.querySelector("[data-conversation]");
      if (holder && holder.dataset.conversation !== state.conversation) {
        state.conversation = holder.dataset.conversation;
        history.replaceState(null, "", "./?c=" + encodeURIComponent(state.conversation));
        refreshConversations();
      }
      keepInView(turn);
      if (turn.dataset.done === "1" && document.body.classList.contains("asking")) {
        finish(false);
        const short = turn.querySelector(".a, .notice");
        say(short ? short.innerText.slice(0, 500) : "Answered");
        if (turn.dataset.turn !== "0") goOn(turn);
      }
    }).observe(live, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-done"] });
  }
  Object.assign(actions, {
    suggest(button) { ask(button.dataset.question); },
    retry(button) { ask(button.dataset.question, { replacing: Number(button.dataset.turn) }); },
    async edit(button) {
      const text = await prompted("Edit the question", button.dataset.question, true, "Ask");
      if (text && text.trim()) ask(text.trim(), { replacing: Number(button.dataset.turn) });
    },
    reread(button) { ask(button.dataset.question, { replacing: Number(button.dataset.turn), search_for: button.dataset.text }); },
    async search(button) {
      const text = await prompted("Search for this instead", button.dataset.text, true, "Search");
      if (text && text.trim()) ask(button.dataset.question, { replacing: Number(button.dataset.turn), search_for: text.trim() });
    },
  });

  // Conversations --------------------------------------------------------------------------------------------------
  async function refreshConversations() {
    const found = { search: at("fn-find").value, current: state.conversation, zone: String(-new Date().getTimezoneOffset()) };
    const html = await attempt(() => request("conversations", found));
    if (html !== null) at("fn-conversations").innerHTML = html;
  }
  async function rename(id, name) {
    const text = await prompted("Name of the conversation", name, true, "Rename");
    if (text) { await attempt(() => request("rename", null, { id, name: text })); refreshConversations(); }
  }
  async function erase(id, name) {
    if (await prompted("Delete “" + name + "” for good?", "", false, "Delete") === null) return;
    if (await attempt(() => request("delete", null, { id })) === null) return;
    kept.set("draft:" + id, "");
    if (id === state.conversation) location.href = "./"; else refreshConversations();
  }
  async function link(id) {
    try { await navigator.clipboard.writeText(new URL("./?c=" + encodeURIComponent(id), location.href).href); toast("The address is copied. It opens the conversation only for you."); }
    catch { toast("The browser did not allow copying."); }
  }
  Object.assign(actions, {
    new() { location.href = "./"; },
    more(button) {
      const { id, name } = button.dataset;
      const exported = (format) => () => { location.href = "./chat/export?" + new URLSearchParams({ id, format }); };
      menu(button, [
        ["Rename", () => rename(id, name)], ["Copy its address", () => link(id)],
        ["Export as Markdown", exported("md")], ["Export as HTML", exported("html")], ["Export as JSON", exported("json")],
        ["Delete", () => erase(id, name), "bad"],
      ]);
    },
    menu() {
      const open = document.body.classList.toggle("menu");
      document.querySelector("[data-do=menu]").setAttribute("aria-expanded", open);
      if (open) document.querySelector("#fn-nav button").focus();
    },
    settings() { document.body.classList.remove("menu"); at("fn-settings").showModal(); footnote.refreshState(); },
  });
  async function importFrom(file) {
    if (!file) return;
    if (file.size > 900_000) return toast("This file is too large to be an exported conversation.");
    let exported;
    try { exported = JSON.parse(await file.text()); } catch { return toast("This is not an exported conversation: choose the JSON file of an export."); }
    const made = await attempt(() => request("import", null, { exported: JSON.stringify(exported) }));
    if (made) location.href = "./?c=" + encodeURIComponent(made.id);
  }

  document.addEventListener("click", (event) => {
    const target = event.target.closest ? event.target : event.target.parentElement;
    if (!target) return;
    if (!target.closest("#fn-menu") && !target.closest("[data-do=more], [data-do=act]")) closeMenu();
    const skip = target.closest(".skip");
    if (skip) { event.preventDefault(); box().focus(); return; }
    const button = target.closest("[data-do]");
    if (button && actions[button.dataset.do]) { event.preventDefault(); actions[button.dataset.do](button); return; }
    if (document.body.classList.contains("menu") && !target.closest("#fn-nav, dialog, #fn-menu")) actions.menu();
  });
  document.addEventListener("input", (event) => { if (event.target === box()) kept.set(draft(), event.target.value); });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input, textarea, select, [contenteditable]");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey && !document.querySelector("dialog[open]")) { event.preventDefault(); box().focus(); }
    if (event.target === at("fn-prompt-text") && event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); at("fn-prompt").querySelector(".send").click(); }
    if (!at("fn-menu").hidden && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      const items = [...at("fn-menu").children], now = items.indexOf(document.activeElement);
      items[(now + (event.key === "ArrowDown" ? 1 : items.length - 1)) % items.length].focus();
    }
    if (event.key === "Tab") closeMenu();
    if (event.key === "Escape") {
      footnote.hideTip();
      if (closeMenu()) event.preventDefault();
      else if (document.querySelector("dialog[open]")) return;
      else if (document.body.classList.contains("menu")) actions.menu();
      else footnote.closeSource();
    }
  });
  for (const moved of ["wheel", "touchmove"]) document.addEventListener(moved, () => { state.left = true; }, { passive: true });

  function applyTheme(theme) {
    if (theme) document.documentElement.dataset.theme = theme; else delete document.documentElement.dataset.theme;
    const dark = theme === "dark" || (!theme && matchMedia("(prefers-color-scheme: dark)").matches);
    if (document.body) document.body.classList.toggle("dark", dark);
  }
  applyTheme(kept.get("theme"));

  async function start() {
    applyTheme(kept.get("theme"));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => applyTheme(kept.get("theme")));
    for (const radio of document.querySelectorAll("#fn-settings [name=theme]")) {
      radio.checked = radio.value === (kept.get("theme") || "system");
      radio.onchange = () => { kept.set("theme", radio.value === "system" ? "" : radio.value); applyTheme(kept.get("theme")); };
    }
    for (const radio of document.querySelectorAll("#fn-settings [name=length]")) {
      radio.checked = radio.value === kept.get("length");
      radio.onchange = () => kept.set("length", radio.value);
    }
    at("fn-import").onchange = (event) => { importFrom(event.target.files[0]); event.target.value = ""; };
    at("fn-find").oninput = later(refreshConversations, 120);
    const first = request("conversation", { id: state.conversation });
    first.catch(() => {});
    refreshConversations();
    const known = footnote.refreshState();
    while (!(at("fn-history") && box() && at("fn-live"))) await new Promise((resolve) => setTimeout(resolve, 20));
    applyTheme(kept.get("theme"));
    box().setAttribute("aria-label", "Your question");
    box().dir = "auto";
    watchLive();
    try { at("fn-history").innerHTML = await first; } catch (error) {
      if (state.conversation) { state.conversation = ""; history.replaceState(null, "", "./"); }
      toast(error.message);
      at("fn-history").innerHTML = await attempt(() => request("conversation", {})) || "";
    }
    const turns = document.querySelectorAll("#fn-history .turn");
    if (turns.length) turns[turns.length - 1].scrollIntoView({ block: turns.length > 1 ? "start" : "nearest" });
    const typed = box().value ? "" : kept.get(draft());
    if (typed) fill(typed);
    footnote.begun();
    document.body.dataset.ready = "1";
    for (const job of ((await known) || {}).jobs || []) footnote.follow(job);
  }
  document.readyState === "loading" ? document.addEventListener("DOMContentLoaded", start) : queueMicrotask(start);
  return { at, box, state, actions, say, kept, request, attempt, toast, later, prompted, menu, context, fill, reload, refreshConversations, failed, stopped() { finish(true); } };
})();
window.footnote = footnote;
