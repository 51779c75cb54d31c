//! The pages: one with the library, which makes one hit as it loads.

/// What is answered.
pub struct Site {
    build: Vec<u8>,
    /// Whether a browser may keep the library.
    kept: bool,
}

/// An answer.
pub enum Answer<'a> {
    /// The page.
    Page(String),
    /// The library.
    Build(&'a Site),
    /// What a collection server answers.
    Hit,
    /// Nothing.
    Nothing,
}

/// The smallest GIF.
const PIXEL: &[u8] = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\0\0\0!\xf9\x04\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x01D\0;";

impl Site {
    /// A site with this library.
    pub fn new(build: Vec<u8>, kept: bool) -> Site {
        Site { build, kept }
    }

    /// The answer for a target on any host of the site.
    pub fn answer(&self, site: &str, target: &str) -> Answer<'_> {
        match target {
            "/" => Answer::Page(page(site)),
            "/build.js" => Answer::Build(self),
            target if target.starts_with("/b/ss/") => Answer::Hit,
            _ => Answer::Nothing,
        }
    }
}

fn page(site: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<title>one hit</title>\n\
         <script src=\"/build.js\"></script>\n</head>\n<body>\n<script>\n\
         var s = s_gi(\"examplersid\");\ns.trackingServer = \"metrics.{site}\";\ns.t();\n\
         </script>\n</body>\n</html>\n"
    )
}

impl Answer<'_> {
    /// As it goes over the wire.
    pub fn bytes(&self) -> Vec<u8> {
        let (status, kind, cache, body): (_, _, _, &[u8]) = match self {
            Answer::Page(html) => (
                "200 OK",
                "text/html; charset=utf-8",
                "no-store",
                html.as_bytes(),
            ),
            Answer::Build(site) => {
                let cache = if site.kept {
                    "max-age=3600"
                } else {
                    "no-store"
                };
                (
                    "200 OK",
                    "text/javascript; charset=utf-8",
                    cache,
                    &site.build,
                )
            }
            Answer::Hit => ("200 OK", "image/gif", "no-store", PIXEL),
            Answer::Nothing => ("404 Not Found", "text/plain", "no-store", b""),
        };
        let length = body.len();
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nCache-Control: {cache}\r\nContent-Length: {length}\r\n\r\n"
        );
        [head.as_bytes(), body].concat()
    }
}
