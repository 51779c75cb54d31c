// Records every URL that the page hands to the browser, and how its transport ended.
// Listeners capture at the target, so an end is recorded before the library's own handler runs.

let handedCount = 0;
const requests = new Map();

function openRequests() {
  const open = [];
  for (const request of requests.values()) {
    if (request.element && !request.connected) {
      request.connected = request.element.isConnected;
      if (!request.connected) continue;
    }
    // Without the query: it may be long, and the path names the request well enough.
    open.push(`${request.transport} ${request.url.split("?")[0]}`);
  }
  return open;
}

function absolute(url) {
  const text = String(url);
  if (/^[a-z][a-z0-9+.-]*:/i.test(text)) return text;
  try {
    return new URL(text, document.baseURI).href;
  } catch (_) {
    return text;
  }
}

function hand(transport, method, url, more) {
  handedCount += 1;
  const id = handedCount;
  const request = { transport, url: absolute(url) };
  countTracking(request.url);
  record("handed", { id, transport, method, url: request.url, body: null, accepted: null, ...more });
  if (transport !== "beacon") requests.set(id, request);
  return id;
}

function end(id, how, status) {
  if (!requests.delete(id)) return;
  newTask();
  record("ended", { id, how, status: status || null });
}

/** Texts of Blobs, where a library's part of the probe keeps them. */
const blobTexts = new WeakMap();

function bodyText(body) {
  if (body === undefined || body === null) return "";
  if (typeof body === "string") return body;
  if (body instanceof URLSearchParams) return String(body);
  return blobTexts.get(body) || null;
}

// Elements: the URL counts as handed over when `src` is set.
const elementRequests = new WeakMap();

function watchElement(prototype, transport) {
  const src = Object.getOwnPropertyDescriptor(prototype, "src");
  const onSource = (element, value) => {
    const text = String(value);
    if (!/^(https?:|\/|[^:]*$)/i.test(text) || text === "") return;
    const earlier = elementRequests.get(element);
    if (earlier) end(earlier, "abort");
    const id = hand(transport, "GET", text);
    elementRequests.set(element, id);
    if (transport === "script") requests.get(id).element = element;
    const finish = (event) => {
      if (event.target === element) end(id, event.type);
    };
    element.addEventListener("load", finish, { capture: true, once: true });
    element.addEventListener("error", finish, { capture: true, once: true });
  };
  Object.defineProperty(prototype, "src", {
    configurable: true,
    enumerable: src.enumerable,
    get: src.get,
    set: new Proxy(src.set, {
      apply(target, self, args) {
        onSource(self, args[0]);
        return Reflect.apply(target, self, args);
      },
    }),
  });
  return onSource;
}

const onImageSource = watchElement(HTMLImageElement.prototype, "image");
const onScriptSource = watchElement(HTMLScriptElement.prototype, "script");

intercept(Element.prototype, "setAttribute", (target, self, args) => {
  if (String(args[0]).toLowerCase() === "src") {
    if (self instanceof HTMLImageElement) onImageSource(self, args[1]);
    if (self instanceof HTMLScriptElement) onScriptSource(self, args[1]);
  }
  return Reflect.apply(target, self, args);
});

intercept(Navigator.prototype, "sendBeacon", (target, self, args) => {
  const accepted = Reflect.apply(target, self, args);
  hand("beacon", "POST", args[0], { body: bodyText(args[1]), accepted });
  return accepted;
});

// Listeners of a request are called in the order in which they were added, in some browsers also those that capture.
// So ours are added when it is made, before the page can add any.
const xhrs = new WeakMap();

function watchXhr(xhr) {
  const request = { method: "GET", url: "", id: 0 };
  xhrs.set(xhr, request);
  const onChange = () => {
    if (xhr.readyState === 4) end(request.id, xhr.status ? "load" : "error", xhr.status);
  };
  xhr.addEventListener("readystatechange", onChange, { capture: true });
  xhr.addEventListener("loadend", () => end(request.id, "abort"), { capture: true });
}

const NativeXhr = window.XMLHttpRequest;
const WatchedXhr = new Proxy(NativeXhr, {
  construct(target, args, made) {
    const xhr = Reflect.construct(target, args, made);
    watchXhr(xhr);
    return xhr;
  },
});
Object.defineProperty(window, "XMLHttpRequest", { configurable: true, enumerable: false, writable: true, value: WatchedXhr });
Object.defineProperty(NativeXhr.prototype, "constructor", { configurable: true, enumerable: false, writable: true, value: WatchedXhr });

intercept(XMLHttpRequest.prototype, "open", (target, self, args) => {
  const request = xhrs.get(self);
  if (request) Object.assign(request, { method: String(args[0]).toUpperCase(), url: args[1] });
  return Reflect.apply(target, self, args);
});

intercept(XMLHttpRequest.prototype, "send", (target, self, args) => {
  const request = xhrs.get(self);
  if (!request) return Reflect.apply(target, self, args);
  request.id = hand("xhr", request.method, request.url, { body: bodyText(args[0]) });
  try {
    return Reflect.apply(target, self, args);
  } catch (error) {
    end(request.id, "error");
    throw error;
  }
});

// An answer whose body is being read is open still: what the library does next follows from it.
for (const method of ["text", "json", "arrayBuffer", "blob", "formData", "bytes"]) {
  intercept(Response.prototype, method, (target, self, args) => {
    const reading = {};
    requests.set(reading, { transport: "fetch", url: self.url });
    const done = () => {
      requests.delete(reading);
      newTask();
    };
    return Reflect.apply(target, self, args).then(
      (body) => {
        done();
        return body;
      },
      (error) => {
        done();
        throw error;
      },
    );
  });
}

// The page gets the promise that our observer returns: an unhandled rejection stays one.
intercept(window, "fetch", (target, self, args) => {
  const request = args[0] instanceof Request ? args[0] : null;
  const options = args[1] || {};
  const method = String(options.method || (request && request.method) || "GET").toUpperCase();
  const id = hand("fetch", method, request ? request.url : args[0], { body: bodyText(options.body) });
  return Reflect.apply(target, self, args).then(
    (response) => {
      end(id, "load", response.status);
      return response;
    },
    (error) => {
      end(id, error && error.name === "AbortError" ? "abort" : "error");
      throw error;
    },
  );
});
