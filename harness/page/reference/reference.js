// posttrack's own reference library: what the documentation says of `s_gi`, `AppMeasurement`, `t`, `tl`,
// `clearVars`, `abort`, `useBeacon`, doPlugins and the two lists of functions, and nothing more.
// It has two transports, image and beacon, and sends one hit at a time. It is written from the
// documented claims (scenarios/requirements.toml), without a look at any build, so that the laws can
// be tried on a library in which they hold. No timestamps, no XHR, no cookies, no offline hits, no
// buffering, no automatic links.
(function () {
  "use strict";

  const TOO_LONG_FOR_BEACONS = 64000;
  /** Milliseconds after which a hit without an answer is given up. */
  const PATIENCE = 5000;

  if (!window.s_c_il) window.s_c_il = [];
  const all = window.s_c_il;
  let sentByPage = 0;

  const numbered = (name, count) => Array.from({ length: count }, (_, n) => name + (n + 1));
  const PROPS = numbered("prop", 75);
  const EVARS = numbered("eVar", 250);
  const HIERS = numbered("hier", 5);
  const LISTS = numbered("list", 3);
  const CLEARED = [...PROPS, ...EVARS, ...HIERS, ...LISTS, "events", "products", "channel", "purchaseID",
    "transactionID", "state", "zip", "campaign"];

  /** Parameter and variable, in the order in which a hit has them. */
  const PARAMETERS = [["vid", "visitorID"], ["mid", "marketingCloudVisitorID"], ["aid", "analyticsVisitorID"], ["pageName", "pageName"], ["cc", "currencyCode"], ["purchaseID", "purchaseID"], ["ch", "channel"],
    ["server", "server"], ["pageType", "pageType"], ["xact", "transactionID"], ["v0", "campaign"], ["state", "state"],
    ["zip", "zip"], ["events", "events"], ["products", "products"],
    ...PROPS.map((name, n) => [`c${n + 1}`, name]), ...EVARS.map((name, n) => [`v${n + 1}`, name]),
    ...HIERS.map((name, n) => [`h${n + 1}`, name]), ...LISTS.map((name, n) => [`l${n + 1}`, name])];

  const encode = (value) => encodeURIComponent(value).replace(/[!'()*~]/g, (c) => `%${c.charCodeAt(0).toString(16)}`);
  const isSet = (value) => value !== undefined && value !== null && value !== "";

  function now() {
    const d = new Date();
    return `${d.getDate()}/${d.getMonth()}/${d.getFullYear()} ${d.getHours()}:${d.getMinutes()}:${d.getSeconds()} ` +
      `${d.getDay()} ${d.getTimezoneOffset()}`;
  }

  /** A function of the page that throws must not keep the others from running. */
  function guarded(f, args) {
    try {
      return f(...args);
    } catch (error) {
      console.error(String(error));
      return undefined;
    }
  }

  function AppMeasurement(suite) {
    const s = this;
    const pre = [];
    const post = [];
    const queue = [];
    let busy = false;

    s._c = "s_c";
    s._in = all.length;
    all.push(s);
    s.version = "reference";
    s.account = suite;
    s.contextData = {};
    s.abort = false;
    s.useBeacon = false;
    s.forcedLinkTrackingTimeout = 250;
    s.Util = { getQueryParam: (name) => new URLSearchParams(location.search).get(name) || "" };

    const registering = (list) => (f, ...args) => {
      if (typeof f === "function") list.push({ f, args });
    };
    s.registerPreTrackCallback = registering(pre);
    s.registerPostTrackCallback = registering(post);

    s.clearVars = () => {
      for (const name of CLEARED) s[name] = undefined;
    };

    s.t = (overrides) => track(null, overrides, null);
    s.tl = (object, type, name, overrides, done) => {
      const href = object && object.href ? String(object.href) : "";
      const action = done === "navigate" ? () => location.assign(href) : done;
      track({ type, name, href }, overrides, typeof action === "function" ? action : null);
    };

    function track(link, overrides, done) {
      const restore = override(overrides);
      if (s.usePlugins && typeof s.doPlugins === "function") guarded(s.doPlugins, [s]);
      const aborted = s.abort;
      const hit = aborted ? null : { url: compile(link), beacon: isBeacon(link), done };
      s.abort = false;
      s.useBeacon = false;
      restore();
      if (!hit) return;
      if (done) setTimeout(() => finish(hit), s.forcedLinkTrackingTimeout);
      queue.push(hit);
      next();
    }

    /** Puts overrides in place; what it returns takes them away again. */
    function override(overrides) {
      const names = Object.keys(overrides || {});
      const before = names.map((name) => s[name]);
      names.forEach((name) => (s[name] = overrides[name]));
      return () => names.forEach((name, n) => (s[name] = before[n]));
    }

    const isBeacon = (link) => Boolean(s.useBeacon || (link && link.type === "e"));

    function compile(link) {
      const list = link && s.linkTrackVars ? s.linkTrackVars.split(",") : null;
      const isWanted = (name) => !list || list.includes(name);
      const parts = ["AQB=1", "ndh=1", "pf=1"];
      const add = (name, value) => {
        if (isSet(value)) parts.push(`${name}=${encode(value)}`);
      };
      add("t", now());
      add("ce", s.charSet);
      add("ns", s.visitorNamespace);
      const page = String(s.pageURL || location.href);
      add("g", page.slice(0, 255));
      if (!sentByPage) add("r", isSet(s.referrer) ? s.referrer : document.referrer);
      for (const [parameter, variable] of PARAMETERS) {
        if (isWanted(variable)) add(parameter, variable === "events" ? events(link, list) : s[variable]);
      }
      const data = Object.entries(s.contextData || {}).filter(([key, value]) => isSet(value) && isWanted(`contextData.${key}`));
      if (data.length) parts.push("c.", ...nested(data), ".c");
      if (link) {
        add("pe", `lnk_${["d", "e"].includes(link.type) ? link.type : "o"}`);
        add("pev1", link.href);
        add("pev2", link.name);
      }
      add("-g", page.slice(255));
      sentByPage += 1;
      return `${location.protocol}//${server()}/b/ss/${s.account}/1/s${random()}?${parts.join("&")}&AQE=1`;
    }

    /** On a link hit, the events that linkTrackEvents lists, once linkTrackVars lists any variable. */
    function events(link, list) {
      if (!link || !list) return s.events;
      const tracked = String(s.linkTrackEvents || "").split(",");
      return String(s.events || "").split(",").filter((event) => tracked.includes(event.split(/[=:]/)[0])).join(",");
    }

    function server() {
      const secure = location.protocol === "https:" ? s.trackingServerSecure : "";
      return secure || s.trackingServer || `${String(s.account).split(",")[0]}.2o7.net`;
    }

    function next() {
      if (busy || !queue.length) return;
      const hit = queue.shift();
      busy = true;
      for (const { f, args } of pre.slice()) guarded(f, [hit.url, ...args]);
      send(hit);
    }

    function send(hit) {
      if (hit.beacon && navigator.sendBeacon && hit.url.length < TOO_LONG_FOR_BEACONS && navigator.sendBeacon(hit.url)) {
        // Nothing ever tells a page what became of a beacon.
        ended(hit, true);
        return;
      }
      const image = new Image();
      const patience = setTimeout(() => ended(hit, false), PATIENCE);
      const settle = (sent) => () => {
        clearTimeout(patience);
        ended(hit, sent);
      };
      image.onload = settle(true);
      image.onerror = settle(false);
      image.src = hit.url;
    }

    function ended(hit, sent) {
      if (hit.ended) return;
      hit.ended = true;
      if (sent) for (const { f, args } of post.slice()) guarded(f, [hit.url, ...args]);
      finish(hit);
      busy = false;
      next();
    }

    function finish(hit) {
      const done = hit.done;
      hit.done = null;
      if (done) guarded(done, []);
    }
  }

  /** Context data: a key `a.b` is `b` within `a`. */
  function nested(entries) {
    const tree = new Map();
    for (const [key, value] of entries) {
      const [first, ...rest] = key.split(".");
      const branch = tree.get(first) || { value: null, below: [] };
      if (rest.length) branch.below.push([rest.join("."), value]);
      else branch.value = value;
      tree.set(first, branch);
    }
    const parts = [];
    for (const [name, { value, below }] of tree) {
      if (isSet(value)) parts.push(`${name}=${encode(value)}`);
      if (below.length) parts.push(`${name}.`, ...nested(below), `.${name}`);
    }
    return parts;
  }

  /** Names a hit, so that no cache answers it. */
  function random() {
    return String(Math.floor(Math.random() * 1e13)).padStart(13, "1");
  }

  window.AppMeasurement = AppMeasurement;
  window.s_gi = (suite) => all.find((tracker) => tracker.account === suite) || new AppMeasurement(suite);
})();
