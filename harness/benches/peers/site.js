// The page that `cargo bench -- case` loads, from a server on loopback, and the hits that arrive there.

import { createServer } from "node:http";
import { readFileSync } from "node:fs";

const PIXEL = Buffer.from("R0lGODlhAQABAIAAAAAAAAAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==", "base64");

/** Serves until `close`. */
export async function serve(build) {
  const library = readFileSync(build);
  const waiting = [];
  let port = 0;
  const page = () => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>one hit</title>
<script src="/build.js"></script>
</head>
<body>
<script>
var s = s_gi("examplersid");
s.trackingServer = "localhost:${port}";
s.t();
</script>
</body>
</html>
`;
  const server = createServer((request, response) => {
    const answer = (type, body) => response.writeHead(200, { "content-type": type, "cache-control": "no-store" }).end(body);
    if (request.url === "/") answer("text/html; charset=utf-8", page());
    else if (request.url === "/build.js") answer("text/javascript; charset=utf-8", library);
    else if (request.url.startsWith("/b/ss/")) answer("image/gif", PIXEL).once("finish", () => waiting.splice(0).forEach((arrived) => arrived()));
    else response.writeHead(404).end();
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  port = server.address().port;
  return {
    url: `http://localhost:${port}/`,
    /** Resolves when the next hit was answered; ask before loading. */
    hit: () => new Promise((arrived) => waiting.push(arrived)),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
