// Stands after a real build and spoils each fresh tracker in the way of one planted fault.
// `FAULT.tracker(s, tools, shared)` gets the tracker, `FAULT.gi(make, suite, shared)` may stand for
// `s_gi`; `shared` is one object a document. Without either, nothing changes.
(function (FAULT) {
  const shared = {};
  const urlChanges = [];
  const failureHandlers = [];
  const isHit = (url) => String(url).includes("/b/ss/");
  const changed = (url, transport) =>
    urlChanges.reduce((text, change) => (text === null ? null : change(text, transport)), String(url));
  const tellFailure = (url, transport) => failureHandlers.forEach((f) => f(url, transport));

  function tools(s) {
    /** Each function that is registered is replaced by `change(function)`. */
    const register = (list, change) => {
      const name = `register${list}TrackCallback`;
      const original = s[name];
      s[name] = (f, ...more) => original.call(s, typeof f === "function" ? change(f) : f, ...more);
    };
    /** What is handed to the browser is `change(url, transport)`; null: it is lost, and the library told so. */
    const send = (change) => urlChanges.push(change);
    /** The library compiles `change(url)`: so it is told to the functions and so it is sent. */
    const compile = (change) => {
      for (const list of ["Pre", "Post"]) register(list, (f) => (url, ...more) => f(change(url), ...more));
      send(change);
    };
    /** One parameter is compiled with another value; null: without it. */
    const param = (name, change) =>
      compile((url) =>
        url.replace(new RegExp(`([?&]${name}=)([^&]*)`), (all, head, value) => {
          const other = change(decodeURIComponent(value));
          return other === null ? "" : head + encodeURIComponent(other);
        }),
      );
    /** The functions of a list, as they were registered: [function, arguments]. */
    const registered = (list) => {
      const name = `register${list}TrackCallback`;
      const original = s[name];
      const all = [];
      s[name] = (f, ...more) => {
        if (typeof f === "function") all.push([f, more]);
        return original.call(s, f, ...more);
      };
      return all;
    };
    /** `around(call, args)` stands for a method; `call()` is the real one, with these or other arguments. */
    const method = (name, around) => {
      const original = s[name];
      s[name] = (...args) => around((...other) => original.apply(s, other.length ? other : args), args);
    };
    /** The variables of a page view as they are now, to be put back later. */
    const variables = () => {
      const kept = {};
      for (const key of Object.keys(s)) if (/^(pageName|channel|(prop|eVar)\d+)$/.test(key)) kept[key] = s[key];
      return kept;
    };
    /** `f(url, transport)` runs when an image, a script or an XHR ended without an answer. */
    const failed = (f) => failureHandlers.push(f);
    return { register, send, compile, param, registered, method, variables, failed };
  }

  const spoiled = new WeakSet();
  function fresh(tracker) {
    if (FAULT.tracker && tracker && tracker._c === "s_c" && !spoiled.has(tracker)) {
      spoiled.add(tracker);
      FAULT.tracker(tracker, tools(tracker), shared);
    }
    return tracker;
  }

  const constructor = window.AppMeasurement;
  const gi = window.s_gi;
  window.AppMeasurement = new Proxy(constructor, {
    construct: (target, args, newTarget) => fresh(Reflect.construct(target, args, newTarget)),
  });
  window.s_gi = (suite) => fresh(FAULT.gi ? FAULT.gi(gi, suite, shared) : gi(suite));
  constructor.getInstance = window.s_gi;

  const elements = [[HTMLImageElement.prototype, "image"], [HTMLScriptElement.prototype, "script"]];
  for (const [prototype, transport] of elements) {
    const src = Object.getOwnPropertyDescriptor(prototype, "src");
    Object.defineProperty(prototype, "src", {
      ...src,
      set(value) {
        if (!isHit(value)) return src.set.call(this, value);
        const url = changed(value, transport);
        if (url === null) return void setTimeout(() => this.dispatchEvent(new Event("error")), 0);
        if (failureHandlers.length) this.addEventListener("error", () => tellFailure(url, transport), { once: true });
        return src.set.call(this, url);
      },
    });
  }

  const beacon = Navigator.prototype.sendBeacon;
  Navigator.prototype.sendBeacon = function (url, ...more) {
    const text = isHit(url) ? changed(url, "beacon") : url;
    return text === null ? false : beacon.call(this, text, ...more);
  };

  const { open, send } = XMLHttpRequest.prototype;
  const opened = new WeakMap();
  XMLHttpRequest.prototype.open = function (...args) {
    opened.set(this, args);
    return open.apply(this, args);
  };
  XMLHttpRequest.prototype.send = function (body) {
    const args = opened.get(this);
    if (!args || !isHit(args[1])) return send.call(this, body);
    const url = changed(`${args[1]}?${body}`, "xhr");
    if (url === null) return void setTimeout(() => this.dispatchEvent(new Event("error")), 0);
    if (failureHandlers.length) this.addEventListener("error", () => tellFailure(url, "xhr"), { once: true });
    const [address, query] = [url.slice(0, url.indexOf("?")), url.slice(url.indexOf("?") + 1)];
    if (address !== args[1]) open.call(this, args[0], address, ...args.slice(2));
    return send.call(this, query);
  };
})
