// Our own equivalent of the Web SDK's base code: an instance keeps its commands, each with what settles
// its promise, until the library takes its queue over. The library finds the instances by their names.
for (const name of names) {
  if (window[name]) continue;
  const instance = (...command) => new Promise((resolve, reject) => {
    instance.q.push([resolve, reject, command]);
  });
  instance.q = [];
  window[name] = instance;
  (window.__alloyNS = window.__alloyNS || []).push(name);
  posttrack.watch(name);
}
