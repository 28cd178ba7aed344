// Passkeys: asks the browser for what a form says, puts the answer into the form and sends it.
// It sees no secret: the key stays in the device, and what it signs is judged by the keeper.
(() => {
  "use strict";

  const bytes = (text) =>
    Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));
  const text = (buffer) =>
    btoa(Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join(""))
      .replace(/\+/g, "-")
      .replace(/\//g, "_")
      .replace(/=+$/, "");
  const withBytes = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

  const asked = (given) => {
    const options = { ...given, challenge: bytes(given.challenge) };
    if (given.user) options.user = { ...given.user, id: bytes(given.user.id) };
    if (given.excludeCredentials) options.excludeCredentials = withBytes(given.excludeCredentials);
    if (given.allowCredentials) options.allowCredentials = withBytes(given.allowCredentials);
    return options;
  };

  const answered = (credential) => {
    const given = credential.response;
    const response = { clientDataJSON: text(given.clientDataJSON) };
    if (given.attestationObject) {
      response.attestationObject = text(given.attestationObject);
    } else {
      response.authenticatorData = text(given.authenticatorData);
      response.signature = text(given.signature);
      response.userHandle = given.userHandle ? text(given.userHandle) : null;
    }
    return { id: credential.id, rawId: text(credential.rawId), type: credential.type, response, extensions: {} };
  };

  const words = (error, making) => {
    switch (error.name) {
      case "NotAllowedError":
        return making
          ? "No passkey was made: it was cancelled, or it took too long. Nothing was changed; press the button to try again."
          : "No passkey answered: it was cancelled, took too long, or none of your enrolled passkeys is on this device. Nothing was sent; press the button to try again.";
      case "InvalidStateError":
        return "This device already holds one of your enrolled passkeys. Use another device or security key.";
      case "SecurityError":
        return "This browser does not allow passkeys at this address. Open Gatelodge at the address that its operator gave you.";
      default:
        return `The browser could not use a passkey (${error.name}). Nothing was sent; press the button to try again.`;
    }
  };

  const tell = (form, message) => {
    const status = form.querySelector("[data-passkey-status]");
    if (!status) return;
    status.hidden = message === "";
    status.textContent = message;
  };

  const run = async (form) => {
    const making = form.dataset.passkey === "create";
    const publicKey = asked(JSON.parse(form.dataset.options).publicKey);
    tell(form, "");
    form.setAttribute("aria-busy", "true");
    try {
      const credential = making
        ? await navigator.credentials.create({ publicKey })
        : await navigator.credentials.get({ publicKey });
      form.querySelector("[data-passkey-answer]").value = JSON.stringify(answered(credential));
      form.submit();
    } catch (error) {
      form.removeAttribute("aria-busy");
      tell(form, words(error, making));
      const button = form.querySelector("button");
      if (button) button.focus();
    }
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    if (!window.PublicKeyCredential) {
      tell(form, "This browser knows no passkeys. Open this page in another browser.");
    }
    // before other scripts see it: a form that waits for its passkey was not sent yet
    form.addEventListener(
      "submit",
      (event) => {
        event.preventDefault();
        event.stopImmediatePropagation();
        if (!window.PublicKeyCredential || form.getAttribute("aria-busy") === "true") return;
        run(form);
      },
      { capture: true },
    );
  }
})();
