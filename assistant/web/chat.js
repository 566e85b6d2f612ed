// The page's own behaviour: footnotes open their source, buttons inside answers speak to the app through one hidden box.
() => {
  const find = (selector, root) => (root || document).querySelector(selector);
  const talk = () => find("#talk");

  // Gradio hears a value that a script sets only through an input event.
  const send = (action) => {
    const box = find("#action textarea");
    box.value = JSON.stringify({ ...action, at: Date.now() });
    box.dispatchEvent(new Event("input", { bubbles: true }));
    setTimeout(() => find("#act").click(), 60);
  };

  let opener = null;
  const openSource = (button) => {
    const stored = document.getElementById(button.dataset.panel);
    const panel = find("#source-content");
    if (!stored || !panel) return;
    document.querySelectorAll("[data-panel]").forEach((other) => other.setAttribute("aria-expanded", String(other === button)));
    panel.replaceChildren(stored.cloneNode(true));
    panel.firstChild.removeAttribute("id");
    find("#source-panel").classList.remove("is-empty");
    document.body.classList.add("source-open");
    opener = button;
    const mark = find("mark", panel);
    if (mark) mark.scrollIntoView({ block: "center" });
    const heading = find("h2", panel);
    if (heading) heading.focus({ preventScroll: true });
  };
  const closeSource = () => {
    document.body.classList.remove("source-open");
    document.querySelectorAll("[data-panel]").forEach((button) => button.setAttribute("aria-expanded", "false"));
    const panel = find("#source-content");
    if (panel) panel.innerHTML = '<p class="empty">Open a footnote to read its source here.</p>';
    find("#source-panel").classList.add("is-empty");
    if (opener && opener.isConnected) opener.focus();
    opener = null;
  };

  const edit = (button, selector, label, done) => {
    const turn = button.closest(".turn");
    const text = find(selector, turn);
    if (find("input.edit", turn)) return;
    const input = document.createElement("input");
    input.className = "edit"; input.value = text.textContent; input.setAttribute("aria-label", label);
    input.style.cssText = "width:100%;font:inherit;padding:6px 10px;border:1px solid var(--line);border-radius:8px;background:var(--card);color:inherit";
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && input.value.trim()) { event.preventDefault(); done(input.value.trim()); }
      if (event.key === "Escape") { input.replaceWith(text); button.focus(); }
    });
    text.replaceWith(input);
    input.focus(); input.select();
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.panel) { openSource(button); return; }
    if (button.id === "source-close") { closeSource(); return; }
    if (button.id === "menu-button") { document.body.classList.toggle("menu-open"); return; }
    const turn = Number(button.closest(".turn")?.dataset.turn);
    switch (button.dataset.do) {
      case "copy":
        navigator.clipboard.writeText(JSON.parse(button.dataset.text)).then(() => { button.textContent = "Copied"; });
        break;
      case "retry": send({ do: "retry", turn }); break;
      case "edit-search": edit(button, ".sq-text", "Search for", (text) => send({ do: "search", turn, text })); break;
      case "edit-question": edit(button, ".q", "Question", (text) => send({ do: "ask", turn, text })); break;
      case "remove":
        if (confirm("Remove this document from the index? The file itself stays.")) send({ do: "remove", source: button.dataset.source });
        break;
    }
  });
  document.addEventListener("click", (event) => {
    if (document.body.classList.contains("menu-open") && !event.target.closest("#side, #menu-button")) document.body.classList.remove("menu-open");
  });
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement?.tagName || "");
    if (event.key === "/" && !typing) { event.preventDefault(); find("#question textarea").focus(); }
    if (event.key === "Escape") { if (document.body.classList.contains("source-open")) closeSource(); document.body.classList.remove("menu-open"); }
  });

  // A draft survives a reload; a new answer is scrolled into view while the reader is at the end.
  const restore = () => {
    const box = find("#question textarea");
    if (!box) { setTimeout(restore, 200); return; }
    const draft = localStorage.getItem("footnote-draft");
    if (draft && !box.value) { box.value = draft; box.dispatchEvent(new Event("input", { bubbles: true })); }
    box.addEventListener("input", () => localStorage.setItem("footnote-draft", box.value));
    let turns = 0;
    new MutationObserver(() => {
      if (!find("#question textarea").value) localStorage.removeItem("footnote-draft");
      const all = document.querySelectorAll("#talk .turn");
      const last = all[all.length - 1];
      if (last && all.length !== turns) last.scrollIntoView({ block: "start" });
      turns = all.length;
    }).observe(talk(), { childList: true, subtree: true });
  };
  restore();
}
