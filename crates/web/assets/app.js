// Small comforts; every page works without this file.
(() => {
  "use strict";

  // Copy buttons are hidden without script, because they could do nothing.
  const announce = (text) => {
    const live = document.getElementById("live");
    if (live) live.textContent = text;
  };
  const wireCopies = (root) => {
    for (const button of root.querySelectorAll("button[data-copy]")) {
      button.hidden = false;
      button.addEventListener("click", async () => {
        const source = document.getElementById(button.dataset.copy);
        if (!source) return;
        try {
          await navigator.clipboard.writeText(source.textContent);
          announce("Copied.");
          button.classList.add("copied");
        } catch {
          const range = document.createRange();
          range.selectNodeContents(source);
          const selection = getSelection();
          selection.removeAllRanges();
          selection.addRange(range);
          announce("Selected. Press Ctrl+C to copy.");
        }
      });
    }
  };

  // The map folds behind a button on a phone.
  const wireMenu = () => {
    const button = document.getElementById("menu-button");
    const map = document.getElementById("map");
    if (!button || !map) return;
    document.documentElement.classList.add("scripted");
    const show = (open) => {
      map.classList.toggle("open", open);
      button.setAttribute("aria-expanded", String(open));
    };
    button.addEventListener("click", () => show(!map.classList.contains("open")));
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && map.classList.contains("open")) {
        show(false);
        button.focus();
      }
    });
  };

  // j and k move, Enter opens, ? explains. No key decides anything.
  const wireInbox = () => {
    const inbox = document.querySelector("[data-inbox]");
    if (!inbox) return;
    const links = () => [...inbox.querySelectorAll("a[data-row]")];
    const help = document.getElementById("keys");
    document.addEventListener("keydown", (event) => {
      const typing = event.target.closest("input, textarea, select, [contenteditable]");
      if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
      const rows = links();
      const here = rows.indexOf(document.activeElement);
      if (event.key === "j" || event.key === "k") {
        const next = event.key === "j" ? here + 1 : (here < 0 ? rows.length : here) - 1;
        const row = rows[Math.max(0, Math.min(rows.length - 1, next))];
        if (row) {
          row.focus();
          event.preventDefault();
        }
      } else if (event.key === "?" && help) {
        help.open = !help.open;
        if (help.open) help.querySelector("summary").focus();
        event.preventDefault();
      }
    });
  };

  // What was typed survives an expired session: kept in this tab only, gone once it was sent or on sign-out.
  // Passwords and secrets are never kept.
  const draftKey = (form) => `draft:${location.pathname}:${form.dataset.draft}`;
  const draftFields = (form) =>
    [...form.elements].filter((field) => field.name && !["password", "hidden", "submit"].includes(field.type));
  const wireDrafts = () => {
    const sent = new URLSearchParams(location.search).has("done");
    for (const form of document.querySelectorAll("form[data-draft]")) {
      const key = draftKey(form);
      if (sent) sessionStorage.removeItem(key);
      const kept = JSON.parse(sessionStorage.getItem(key) || "null");
      if (kept) {
        for (const field of draftFields(form)) {
          if (!(field.name in kept)) continue;
          if (field.type === "checkbox" || field.type === "radio") {
            field.checked = kept[field.name].includes(field.value);
          } else {
            field.value = kept[field.name][0];
          }
        }
        const note = form.querySelector("[data-draft-note]");
        if (note) note.hidden = false;
      }
      form.addEventListener("input", () => {
        const values = {};
        for (const field of draftFields(form)) {
          const boxes = field.type === "checkbox" || field.type === "radio";
          values[field.name] ||= [];
          if (!boxes || field.checked) values[field.name].push(field.value);
        }
        sessionStorage.setItem(key, JSON.stringify(values));
      });
    }
    for (const form of document.querySelectorAll("form[data-forget]")) {
      form.addEventListener("submit", () => sessionStorage.clear());
    }
  };

  // A second press while the first is under way does nothing; htmx sees to that for its own forms.
  const wireOnce = () => {
    for (const form of document.querySelectorAll("form[method=post]:not([hx-post])")) {
      form.addEventListener("submit", (event) => {
        if (form.dataset.sent) event.preventDefault();
        form.dataset.sent = "yes";
        form.setAttribute("aria-busy", "true");
      });
    }
    addEventListener("pageshow", () => {
      for (const form of document.querySelectorAll("form[data-sent]")) {
        delete form.dataset.sent;
        form.removeAttribute("aria-busy");
      }
    });
  };

  wireCopies(document);
  wireMenu();
  wireInbox();
  wireDrafts();
  wireOnce();
  document.addEventListener("htmx:load", (event) => wireCopies(event.detail.elt));
})();
