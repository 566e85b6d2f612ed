// Documents: adding files, folders and pages with progress, the list with what can be done, which ones are asked.
(() => {
  "use strict";
  const { at, state, actions, kept, request, attempt, toast, later, prompted, menu } = footnote;
  let shown = 100;

  async function refreshDocuments() {
    const wanted = { search: at("fn-find-document").value, collection: at("fn-collection").value, state: at("fn-state").value, most: String(shown) };
    const html = await attempt(() => request("documents", wanted));
    if (html !== null) at("fn-document-list").innerHTML = html;
    await refreshState();
    if (at("fn-coverage").open) await coverage();
  }
  async function coverage() {
    const html = await attempt(() => request("coverage", {}));
    if (html !== null) at("fn-coverage-body").innerHTML = html;
  }
  async function refreshState() {
    const known = await attempt(() => request("state"));
    if (!known) return;
    state.known = known;
    at("fn-count").textContent = " · " + known.documents.toLocaleString("en");
    const names = known.collections.map((item) => item.name);
    at("fn-collections").replaceChildren(...names.map((name) => new Option(name)));
    const before = at("fn-collection").value;
    at("fn-collection").replaceChildren(new Option("All collections", ""), ...known.collections.map((item) => new Option(item.name + " · " + item.documents, item.name)));
    at("fn-collection").value = names.includes(before) ? before : "";
    at("fn-collection").hidden = names.length < 2;
    showModels(known.models);
    at("fn-account").hidden = !known.account;
    at("fn-account").querySelector("span").textContent = "Logged in as " + known.account;
    showScope();
    return known;
  }
  function showModels(models) {
    const chosen = models.some((model) => model.name === kept.get("model")) ? kept.get("model") : models[0].name;
    at("fn-models").replaceChildren(...models.map((model) => {
      const label = document.createElement("label"), radio = document.createElement("input");
      radio.type = "radio"; radio.name = "model"; radio.value = model.name; radio.checked = model.name === chosen;
      radio.onchange = () => kept.set("model", model.name === models[0].name ? "" : model.name);
      label.append(radio, " " + model.label);
      if (model.problem) { const problem = document.createElement("span"); problem.className = "remark"; problem.textContent = model.problem; label.append(problem); }
      return label;
    }));
  }

  // Adding ---------------------------------------------------------------------------------------------------------
  async function upload(files) {
    files = files.filter((file) => !file.name.startsWith("."));
    if (!files.length) return;
    if (!at("fn-documents").open) at("fn-documents").showModal();
    const most = state.known.upload_bytes || 2e8, part = Math.min(most * 0.9, 32e6);
    const large = files.filter((file) => file.size > most * 0.98), fitting = files.filter((file) => !large.includes(file));
    const area = progressArea();
    if (large.length) area.problem(large.map((file) => file.name + ": larger than " + Math.round(most / 1e6) + " MB, the most that this server accepts."));
    if (!fitting.length) return;
    const label = document.createElement("label"), bar = document.createElement("progress");
    label.append("Sending " + fitting.length + (fitting.length === 1 ? " file" : " files"), bar);
    area.body.replaceChildren(label);
    bar.max = fitting.reduce((sum, file) => sum + file.size, 0) || 1;
    const group = crypto.getRandomValues(new Uint32Array(3)).join("-");
    let sent = 0, reply = null;
    while (fitting.length) {
      const some = [fitting.shift()];
      while (fitting.length && some.length < 100 && some.reduce((sum, file) => sum + file.size, fitting[0].size) < part) some.push(fitting.shift());
      reply = await send(some, { group, last: fitting.length ? "" : "1", collection: at("fn-into").value.trim() }, (loaded) => { bar.value = sent + loaded; });
      if (reply.error) { area.body.textContent = reply.error; return; }
      sent += some.reduce((sum, file) => sum + file.size, 0);
    }
    follow(reply.job, area);
  }
  function send(files, values, progress) {
    const form = new FormData(), sending = new XMLHttpRequest();
    for (const file of files) form.append("files", file, file.name);
    return new Promise((resolve) => {
      sending.upload.onprogress = (event) => progress(Math.min(event.loaded, files.reduce((sum, file) => sum + file.size, 0)));
      sending.onerror = () => resolve({ error: "The files could not be sent: is the server still running?" });
      sending.onload = () => resolve(sending.status === 200 ? JSON.parse(sending.responseText) : { error: sending.responseText });
      sending.open("POST", "./chat/upload?" + new URLSearchParams(values));
      sending.setRequestHeader("x-footnote", "1");
      sending.send(form);
    });
  }
  function progressArea() {
    const area = document.createElement("div"), body = document.createElement("div");
    area.className = "job";
    area.append(body);
    at("fn-progress").prepend(area);
    while (at("fn-progress").children.length > 3) at("fn-progress").lastElementChild.remove();
    return { body, problem(lines) { const list = document.createElement("ul"); list.className = "notice bad"; list.append(...lines.map((line) => { const item = document.createElement("li"); item.textContent = line; return item; })); area.append(list); } };
  }
  async function follow(job, area) {
    area = area || progressArea();
    for (;;) {
      const known = await attempt(() => request("job", { id: job }));
      if (!known) break;
      area.body.innerHTML = known.html;
      at("fn-busy").textContent = known.short;
      at("fn-busy").hidden = known.done;
      if (known.done) break;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    at("fn-busy").hidden = true;
    await refreshDocuments();
    if (document.querySelector(".welcome")) { const html = await attempt(() => request("conversation", {})); if (html !== null) at("fn-history").innerHTML = html; }
  }
  // Folders that are dropped are walked; a browser gives a hundred names at a time.
  async function dropped(items) {
    const files = [], entries = [...items].map((item) => item.webkitGetAsEntry && item.webkitGetAsEntry()).filter(Boolean);
    const walk = async (entry) => {
      if (entry.isFile) files.push(await new Promise((resolve, reject) => entry.file(resolve, reject)));
      else if (!entry.name.startsWith(".")) {
        const reader = entry.createReader();
        for (;;) {
          const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
          if (!some.length) break;
          for (const one of some) await walk(one);
        }
      }
    };
    try { for (const entry of entries) await walk(entry); } catch { toast("The browser could not read one of the files."); }
    return files;
  }
  let dragged = 0;
  const carriesFiles = (event) => event.dataTransfer && [...event.dataTransfer.types].includes("Files");
  const over = (on) => {
    (document.querySelector("dialog[open]") || document.body).append(at("fn-over"));  // a dialog covers what is outside it
    at("fn-over").hidden = !on;
  };
  document.addEventListener("dragenter", (event) => { if (carriesFiles(event) && dragged++ === 0) over(true); });
  document.addEventListener("dragleave", (event) => { if (carriesFiles(event) && --dragged <= 0) { dragged = 0; over(false); } });
  document.addEventListener("dragover", (event) => { if (carriesFiles(event)) event.preventDefault(); });
  document.addEventListener("drop", async (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    dragged = 0;
    over(false);
    const plain = [...event.dataTransfer.files], walked = await dropped(event.dataTransfer.items);
    upload(walked.length ? walked : plain);
  });

  // Which documents are asked --------------------------------------------------------------------------------------
  function showScope() {
    const button = document.querySelector("[data-do=scope]");
    if (!button) return;
    const names = [...state.documents.values()], sets = [...state.collections];
    const words = names.length + sets.length === 0 ? "All documents" : names.length === 1 && !sets.length ? "Only " + names[0]
      : [sets.length ? sets.join(", ") : "", names.length ? names.length + (names.length > 1 ? " documents" : " document") : ""].filter(Boolean).join(" and ");
    button.querySelector("span").textContent = words;
    button.classList.toggle("narrowed", names.length + sets.length > 0);
    button.setAttribute("aria-label", "Answer from: " + words + ". Change");
    const clear = document.querySelector("#fn-tools [data-do=everything]");
    if (clear) clear.hidden = names.length + sets.length === 0;
    const kinds = { documents: [...state.documents], collections: sets };
    kept.set("scope", names.length + sets.length ? JSON.stringify(kinds) : "");
  }
  async function refreshScope() {
    const chosen = JSON.stringify([...state.documents.keys()]), collections = JSON.stringify([...state.collections]);
    const html = await attempt(() => request("scope", { search: at("fn-find-scope").value, chosen, collections }));
    if (html !== null) at("fn-scope-list").innerHTML = html;
  }
  document.addEventListener("change", (event) => {
    const { key, name, collection } = event.target.dataset;
    if (!event.target.closest("#fn-scope-list")) return;
    if (key) { if (event.target.checked) state.documents.set(key, name); else state.documents.delete(key); }
    if (collection !== undefined) { if (event.target.checked) state.collections.add(collection); else state.collections.delete(collection); }
    showScope();
  });

  async function added(action, values) {
    const job = await attempt(() => request(action, null, values));
    if (!job) return;
    if (!at("fn-documents").open) at("fn-documents").showModal();
    await follow(job.job);
  }
  async function move(key, name, now) {
    const text = await prompted("Move “" + name + "” to which collection?", now, true, "Move");
    if (text && text.trim()) { await attempt(() => request("move", null, { key, collection: text.trim() })); refreshDocuments(); }
  }
  async function remove(key, name) {
    if (await prompted("Remove “" + name + "” from the index?", "", false, "Remove") === null) return;
    await attempt(() => request("remove", null, { key }));
    state.documents.delete(key);
    showScope();
    refreshDocuments();
  }
  Object.assign(actions, {
    documents() { document.body.classList.remove("menu"); at("fn-documents").showModal(); refreshDocuments(); },
    add() { actions.documents(); },
    scope() { at("fn-find-scope").value = ""; at("fn-scope").showModal(); refreshScope(); },
    everything() { state.documents.clear(); state.collections.clear(); showScope(); if (at("fn-scope").open) at("fn-scope").close(); footnote.box().focus(); },
    scoped() { at("fn-scope").close(); footnote.box().focus(); },
    only(button) { state.documents.clear(); state.collections.clear(); state.documents.set(button.dataset.key, button.dataset.name); showScope(); at("fn-documents").close(); footnote.box().focus(); },
    act(button) {
      const { key, name, collection } = button.dataset;
      const ready = button.dataset.ready === "1";
      menu(button, [
        ...(ready ? [["Ask only this", () => actions.only(button)], ["Open", () => actions.read(button)]] : []),
        ["Read it again", () => added("reread", { key })],
        ["Move to a collection", () => move(key, name, collection)],
        ["Remove", () => remove(key, name), "bad"],
      ]);
    },
    all() { shown += 400; refreshDocuments(); },
    async logout() { await fetch("./logout", { method: "POST" }); location.href = "./"; },
    samples() { added("samples", {}); },
    again(button) { added("reread", { key: button.dataset.key }); },
  });
  footnote.begun = () => {
    for (const id of ["fn-files", "fn-folder"]) at(id).onchange = (event) => { upload([...event.target.files]); event.target.value = ""; };
    at("fn-fetch").onsubmit = async (event) => {
      event.preventDefault();
      const url = at("fn-url").value.trim();
      if (!url) return;
      at("fn-url").value = "";
      await added("fetch", { url, collection: at("fn-into").value.trim() });
    };
    const narrowed = later(() => { shown = 100; refreshDocuments(); }, 150);
    at("fn-find-document").oninput = narrowed;
    at("fn-collection").onchange = narrowed;
    at("fn-state").onchange = narrowed;
    at("fn-find-scope").oninput = later(refreshScope, 150);
    at("fn-coverage").ontoggle = () => { if (at("fn-coverage").open) coverage(); };
    try {
      const before = JSON.parse(kept.get("scope") || "{}");
      for (const [key, name] of before.documents || []) state.documents.set(key, name);
      for (const name of before.collections || []) state.collections.add(name);
    } catch { kept.set("scope", ""); }
    showScope();
  };
  Object.assign(footnote, { refreshState, follow });
})();
