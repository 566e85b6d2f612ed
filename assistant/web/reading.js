// Reading: footnotes with their quotes, the source beside the chat, copying with footnotes, what a reader thinks of it.
(() => {
  "use strict";
  const { at, state, actions, say, request, attempt, toast, later } = footnote;

  let wanted = 0;
  async function openSource(action, values, opener) {
    const mine = wanted += 1;
    const html = await attempt(() => request(action, values));
    if (html === null || mine !== wanted) return;  // another was clicked meanwhile
    if (state.opened) state.opened.setAttribute("aria-expanded", "false");
    state.opened = opener;
    if (opener) opener.setAttribute("aria-expanded", "true");
    show(html);
    at("fn-source-title").focus({ preventScroll: true });
    if (opener && opener.isConnected) opener.scrollIntoView({ block: "nearest" });
  }
  function show(html) {
    at("fn-source-body").innerHTML = html;
    at("fn-source").hidden = false;
    document.body.classList.add("reading");
    hideTip();
    const panel = at("fn-source"), mark = at("fn-mark");
    panel.scrollTop = 0;
    if (mark && mark.textContent) panel.scrollTop = Math.max(0, mark.getBoundingClientRect().top - panel.getBoundingClientRect().top - panel.clientHeight / 3);
  }
  function closeSource() {
    if (at("fn-source").hidden) return;
    at("fn-source").hidden = true;
    document.body.classList.remove("reading");
    if (state.opened) { state.opened.setAttribute("aria-expanded", "false"); if (state.opened.isConnected) state.opened.focus(); state.opened = null; }
    else footnote.box().focus();
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

  const findInside = later(async () => {
    const field = at("fn-inside");
    if (!field) return;
    const html = field.value.trim() ? await attempt(() => request("find", { key: field.dataset.key, search: field.value })) : "";
    if (html !== null && at("fn-found")) at("fn-found").innerHTML = html;
  }, 180);

  async function copied(turn) {
    const text = await request("export", { turn });
    const html = await request("export", { turn, format: "html" });
    try {
      await navigator.clipboard.write([new ClipboardItem({ "text/plain": new Blob([text], { type: "text/plain" }), "text/html": new Blob([html], { type: "text/html" }) })]);
    } catch { await navigator.clipboard.writeText(text); }
  }

  function opinion(up, answered) {
    const dialog = at("fn-feedback");
    at("fn-feedback-title").textContent = up ? "What was good about it?" : "What was wrong?";
    at("fn-faults").hidden = up;
    for (const radio of dialog.querySelectorAll("[name=fault]")) {
      radio.checked = false;
      const onRefusal = radio.value === "My documents do answer this.";
      radio.parentElement.hidden = radio.value.startsWith("It is wrong") ? false : onRefusal === answered;
    }
    at("fn-reason").value = ""; at("fn-right").value = ""; at("fn-keep").checked = false;
    at("fn-right").hidden = up; dialog.querySelector("[for=fn-right]").hidden = up;
    dialog.returnValue = "";
    dialog.showModal();
    return new Promise((resolve) => dialog.addEventListener("close", () => {
      if (dialog.returnValue !== "ok") return resolve(null);
      const fault = dialog.querySelector("[name=fault]:checked");
      resolve({ fault: fault ? fault.value : "", reason: at("fn-reason").value.trim(), right: at("fn-right").value.trim(), keep: at("fn-keep").checked });
    }, { once: true }));
  }
  async function judge(button) {
    const { turn, verdict } = button.dataset, off = button.getAttribute("aria-pressed") === "true";
    const said = off ? {} : await opinion(verdict === "up", !button.closest(".turn").querySelector(".none"));
    if (said === null) return;
    const reason = [said.fault, said.reason].filter(Boolean).join(" ");
    const values = { turn, verdict: off ? "" : verdict, reason };
    if (await attempt(() => request("judge", null, values)) === null) return;
    for (const other of button.parentElement.querySelectorAll("[data-do=judge]")) other.setAttribute("aria-pressed", !off && other === button);
    if (!said.keep) return say("Thank you");
    const added = await attempt(() => request("question", null, { turn, verdict, fault: said.fault || "", right: said.right || "" }));
    if (added) toast(added.said);
  }

  Object.assign(actions, {
    close: closeSource,
    judge,
    async copy(button) {
      try { await copied(button.dataset.turn); button.textContent = "Copied"; say("Copied with its footnotes"); setTimeout(() => { button.textContent = "Copy"; }, 2500); }
      catch (error) { toast(error.name === "NotAllowedError" ? "The browser did not allow copying." : error.message); }
    },
    async around(button) {
      const { action, ...values } = button.dataset;
      delete values.do;
      const place = button.dataset.edge, before = at("fn-source").scrollHeight - at("fn-source").scrollTop;
      const html = await attempt(() => request(action, values));
      if (html === null) return;
      const top = at("fn-source").scrollTop;
      at("fn-source-body").innerHTML = html;
      at("fn-source").scrollTop = place === "before" ? at("fn-source").scrollHeight - before : top;
      at("fn-source-title").focus({ preventScroll: true });
    },
    found(button) { openSource("read", { key: button.dataset.key, start: button.dataset.start, end: button.dataset.end, search: at("fn-inside").value }, state.opened); },
    read(button) { at("fn-documents").close(); openSource("read", { key: button.dataset.key }, null); },
  });

  document.addEventListener("click", (event) => {
    const mark = event.target.closest && event.target.closest(".fn, .near");
    if (!mark) return;
    const values = mark.dataset.note ? { turn: mark.dataset.turn, note: mark.dataset.note } : { turn: mark.dataset.turn, passage: mark.dataset.passage };
    if (mark.getAttribute("aria-expanded") === "true" && !at("fn-source").hidden) closeSource(); else openSource("source", values, mark);
  });
  document.addEventListener("mouseover", (event) => { const mark = event.target.closest && event.target.closest(".fn"); if (mark) showTip(mark); });
  document.addEventListener("mouseout", (event) => { if (event.target.closest && event.target.closest(".fn")) hideTip(); });
  document.addEventListener("focusin", (event) => { if (event.target.matches(".fn:focus-visible")) showTip(event.target); });
  document.addEventListener("focusout", (event) => { if (event.target.matches(".fn")) hideTip(); });
  document.addEventListener("scroll", hideTip, { passive: true, capture: true });
  document.addEventListener("input", (event) => { if (event.target.id === "fn-inside") findInside(); });
  // Text that is selected in an answer and copied by hand includes its footnotes.
  document.addEventListener("copy", (event) => {
    const chosen = getSelection();
    if (!chosen.rangeCount || !chosen.anchorNode || !(chosen.anchorNode.parentElement || document.body).closest(".turn")) return;
    const piece = document.createElement("div");
    piece.append(chosen.getRangeAt(0).cloneContents());
    const marks = [...piece.querySelectorAll(".fn")];
    if (!marks.length) return;
    for (const mark of marks) mark.replaceWith("[" + mark.dataset.note + "]");
    for (const tools of piece.querySelectorAll(".meta, .sq, .next")) tools.remove();
    for (const block of piece.querySelectorAll("p, h2, li, blockquote")) block.append("\n");
    const notes = marks.map((mark) => "[" + mark.dataset.note + "] " + mark.dataset.where + ": “" + mark.dataset.quote + "”");
    event.clipboardData.setData("text/plain", piece.textContent.trim() + "\n\n" + [...new Set(notes)].join("\n"));
    event.preventDefault();
  });
  Object.assign(footnote, { closeSource, hideTip, openSource });
})();
