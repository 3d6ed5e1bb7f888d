"use strict";
// The page works without this script; with it, codes can be copied by a button,
// times are local and new messages appear by themselves.
const list = document.getElementById("messages");
const summary = document.getElementById("status");

function enrich(root) {
  for (const time of root.querySelectorAll("time")) {
    time.title = time.textContent;
    time.textContent = new Date(time.dateTime).toLocaleString();
  }
  if (!navigator.clipboard) return;
  for (const code of root.querySelectorAll(".code code")) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = "Copy";
    button.setAttribute("aria-describedby", code.closest("article").getAttribute("aria-labelledby"));
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    code.after(button);
  }
}

async function refresh() {
  if (document.hidden) return;
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (fresh.querySelector("main").dataset.boot !== document.querySelector("main").dataset.boot) {
    location.reload();
    return;
  }
  const current = [...fresh.querySelectorAll("#messages > li")];
  const kept = new Set(current.map((li) => li.id));
  const added = current.filter((li) => !document.getElementById(li.id));
  if (added.length === 0) return;
  for (const li of [...list.children]) {
    if (!kept.has(li.id)) li.remove();
  }
  for (const li of added) enrich(li);
  list.prepend(...added);
  summary.textContent = fresh.getElementById("status").textContent;
  document.getElementById("empty").hidden = true;
}

enrich(document);
setInterval(() => refresh().catch(() => {}), 2000);
