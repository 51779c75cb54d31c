//! The libraries that faults are planted in.

use super::{Host, UNSPOILED};
use crate::run::REFERENCE;

/// Something of each real library: its choice, its file, its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosts<T> {
    /// Of AppMeasurement.
    pub appmeasurement: T,
    /// Of the Web SDK.
    pub web_sdk: T,
}

impl<T> Hosts<T> {
    /// The same, made into something else.
    pub fn map<U>(&self, f: impl Fn(&T) -> U) -> Hosts<U> {
        Hosts {
            appmeasurement: f(&self.appmeasurement),
            web_sdk: f(&self.web_sdk),
        }
    }
}

impl Hosts<String> {
    /// The build without a fault whose violations a fault does not answer for.
    pub(super) fn own(&self, host: Host) -> &str {
        match host {
            Host::AppMeasurement => &self.appmeasurement,
            Host::WebSdk => &self.web_sdk,
            Host::Reference => REFERENCE,
        }
    }

    /// The build without a fault whose snapshot texts a fault's are compared with.
    pub(super) fn unspoiled(&self, host: Host) -> &str {
        match host {
            Host::AppMeasurement => UNSPOILED,
            _ => self.own(host),
        }
    }
}
