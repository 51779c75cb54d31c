//! Cross-origin sharing: what answers grant, and whether an origin may read an answer.

use super::answer::{Reply, header};

/// Grants the request's origin everything that the libraries ask for: exact origin, credentials.
pub(super) fn grant(reply: &mut Reply, request_headers: &[(String, String)]) {
    match header(request_headers, "origin") {
        Some(origin) => {
            reply.set_header("access-control-allow-origin", origin);
            reply.set_header("access-control-allow-credentials", "true");
            reply.set_header("vary", "Origin");
        }
        None => reply.set_header("access-control-allow-origin", "*"),
    }
}

/// Lets pages of other origins read these fields of the answer's head.
pub(super) fn expose(reply: &mut Reply, fields: &str) {
    reply.set_header("access-control-expose-headers", fields);
}

/// The answer to a preflight: yes.
pub(super) fn preflight(request_headers: &[(String, String)]) -> Reply {
    let mut reply = Reply::empty(204);
    grant(&mut reply, request_headers);
    for (asked, granted) in [
        (
            "access-control-request-method",
            "access-control-allow-methods",
        ),
        (
            "access-control-request-headers",
            "access-control-allow-headers",
        ),
    ] {
        if let Some(value) = header(request_headers, asked) {
            reply.set_header(granted, value);
        }
    }
    // Each request shows its own preflight, so that logs do not depend on what came before.
    reply.set_header("access-control-max-age", "0");
    reply
}

/// Whether the page may read the answer: no origin was said, it is the host's own, or the answer
/// names it. `*` is not enough with credentials, and tracking requests carry those.
pub(super) fn readable(
    reply: &Reply,
    request_headers: &[(String, String)],
    own_origin: &str,
    credentials: bool,
) -> bool {
    let Some(origin) = header(request_headers, "origin") else {
        return true;
    };
    if origin == own_origin {
        return true;
    }
    let granted = header(&reply.headers, "access-control-allow-origin");
    let with_credentials =
        header(&reply.headers, "access-control-allow-credentials") == Some("true");
    match granted {
        Some("*") => !credentials,
        Some(granted) => granted == origin && (with_credentials || !credentials),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn an_answer_is_readable_as_the_fetch_standard_says() {
        let request = headers(&[("origin", "https://www.shop.test")]);
        for (answer, credentials, expected) in [
            (&[][..], false, false),
            (&[("access-control-allow-origin", "*")], false, true),
            (&[("access-control-allow-origin", "*")], true, false),
            (
                &[("access-control-allow-origin", "https://www.shop.test")],
                true,
                false,
            ),
            (
                &[
                    ("access-control-allow-origin", "https://www.shop.test"),
                    ("access-control-allow-credentials", "true"),
                ],
                true,
                true,
            ),
            (
                &[
                    ("access-control-allow-origin", "https://other.test"),
                    ("access-control-allow-credentials", "true"),
                ],
                true,
                false,
            ),
        ] {
            let mut reply = Reply::empty(200);
            reply.headers = headers(answer);
            assert_eq!(
                readable(&reply, &request, "https://m.shop.test", credentials),
                expected,
                "{answer:?}, credentials: {credentials}"
            );
        }
        assert!(
            readable(&Reply::empty(200), &request, "https://www.shop.test", true),
            "the host's own pages read everything"
        );
        assert!(
            readable(&Reply::empty(200), &[], "https://m.shop.test", true),
            "without an origin nothing is hidden"
        );
    }

    #[test]
    fn granting_makes_readable() {
        let request = headers(&[("origin", "https://www.shop.test")]);
        let mut reply = Reply::empty(200);
        grant(&mut reply, &request);
        assert!(readable(&reply, &request, "https://m.shop.test", true));
    }
}
