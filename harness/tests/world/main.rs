//! The world against a plain client: what really happens on its sockets, and what its log says.

mod attribution;
mod cases;
mod client;
mod faults;
mod gates;
mod set_up;
