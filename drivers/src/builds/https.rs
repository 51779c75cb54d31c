//! Fetching a file over https.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use ureq::tls::{Certificate, RootCerts, TlsConfig};
use ureq::{Agent, Error, Proxy};

use crate::error::SetupError;

/// For the connection and for the beginning of the answer, each.
const PATIENCE: Duration = Duration::from_secs(30);

/// For a whole download; a build has less than a megabyte.
const DEADLINE: Duration = Duration::from_secs(300);

/// Bytes of an answer. More is no build, whatever it is.
const MOST: u64 = 8 * 1024 * 1024;

/// Hops that are followed.
const REDIRECTS: u32 = 5;

/// How addresses are reached, and whom they are believed.
#[derive(Clone, Debug, Default)]
pub struct Web {
    proxy: Option<Proxy>,
    authorities: Option<PathBuf>,
}

impl Web {
    /// As the process's environment says: through the proxy of `ALL_PROXY`, `HTTPS_PROXY` or `HTTP_PROXY`, less
    /// `NO_PROXY`.
    pub fn capture() -> Web {
        Web {
            proxy: Proxy::try_from_env(),
            authorities: None,
        }
    }

    /// The same, trusting the certificate authorities in this PEM file. Otherwise they are the system's, or those
    /// that `SSL_CERT_FILE` and `SSL_CERT_DIR` name.
    pub fn trusting(self, authorities: PathBuf) -> Web {
        Web {
            authorities: Some(authorities),
            ..self
        }
    }

    /// What is at an https address.
    pub(super) async fn get(&self, address: &str) -> Result<Vec<u8>, SetupError> {
        let (web, wanted) = (self.clone(), address.to_owned());
        let got = tokio::task::spawn_blocking(move || web.get_blocking(&wanted)).await;
        got.unwrap_or_else(|stopped| Err(stopped.to_string()))
            .map_err(|problem| SetupError::Download {
                address: address.to_owned(),
                problem,
            })
    }

    fn get_blocking(&self, address: &str) -> Result<Vec<u8>, String> {
        let mut answer = self.agent()?.get(address).call().map_err(problem)?;
        let status = answer.status();
        if !status.is_success() {
            return Err(format!("it was answered with the status {status}"));
        }
        let body = answer.body_mut().with_config().limit(MOST);
        body.read_to_vec().map_err(problem)
    }

    fn agent(&self) -> Result<Agent, String> {
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::Specific(Arc::new(self.trusted()?)))
            // Not left to a default of the process, which there is none of when two providers are compiled in.
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .proxy(self.proxy.clone())
            .https_only(true)
            .http_status_as_error(false)
            .max_redirects(REDIRECTS)
            .user_agent(concat!("posttrack/", env!("CARGO_PKG_VERSION")))
            .timeout_global(Some(DEADLINE))
            .timeout_resolve(Some(PATIENCE))
            .timeout_connect(Some(PATIENCE))
            .timeout_recv_response(Some(PATIENCE))
            .build();
        Ok(config.new_agent())
    }

    fn trusted(&self) -> Result<Vec<Certificate<'static>>, String> {
        let loaded = match &self.authorities {
            Some(file) => rustls_native_certs::load_certs_from_paths(Some(file), None),
            None => rustls_native_certs::load_native_certs(),
        };
        if loaded.certs.is_empty() {
            let why = match loaded.errors.first() {
                Some(error) => format!(" ({error})"),
                None => String::new(),
            };
            return Err(format!(
                "no certificate authority is known here{why}; install ca-certificates, or name a PEM file in SSL_CERT_FILE"
            ));
        }
        let certificates = loaded.certs.iter();
        Ok(certificates
            .map(|certificate| Certificate::from_der(certificate).to_owned())
            .collect())
    }
}

/// What went wrong, and what to do where that is not plain.
fn problem(error: Error) -> String {
    match error {
        Error::Rustls(error) => untrusted(&error),
        Error::Io(error) => {
            let of_tls = error.get_ref().and_then(|inner| inner.downcast_ref());
            match of_tls {
                Some(error) => untrusted(error),
                None if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                    "the answer was cut off".to_owned()
                }
                None => error.to_string(),
            }
        }
        Error::Timeout(what) => format!("it took too long ({what})"),
        Error::BodyExceedsLimit(most) => {
            format!(
                "the answer has more than {} MiB, so it is no build",
                most / 1024 / 1024
            )
        }
        Error::TooManyRedirects => format!("it leads to more than {REDIRECTS} other addresses"),
        Error::RequireHttpsOnly(address) => format!("it leads to {address}, which is not https"),
        Error::ConnectProxyFailed(why) => format!("the proxy did not connect: {why}"),
        other => other.to_string(),
    }
}

fn untrusted(error: &rustls::Error) -> String {
    format!(
        "TLS failed: {error}; behind a proxy that reads TLS, name its certificate authority's PEM file in SSL_CERT_FILE"
    )
}
