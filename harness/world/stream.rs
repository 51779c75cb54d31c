//! The socket below TLS and HTTP: how an answer ends on it (FIN, RST, in the middle), and when it
//! has really gone out.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker, ready};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::exchange::Exchange;
use super::lock;
use super::log::WireEnd;

/// How an answer is meant to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// All bytes, connection kept.
    Complete,
    /// RST instead of an answer.
    Reset,
    /// FIN instead of an answer.
    Closed,
    /// FIN in the middle of the body.
    Truncated,
}

/// Ends the connection without (more of) an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection is cut on purpose")]
pub(super) struct Cut;

/// What the layers of one connection share: the answer that is on its way out.
#[derive(Default)]
pub(super) struct Line(Mutex<Option<Outgoing>>);

struct Outgoing {
    exchange: Exchange,
    ending: Ending,
    /// HTTP has taken all bytes there are.
    taken: bool,
    /// All taken bytes went to the socket.
    flushed: bool,
    waiting: Option<Waker>,
}

impl Line {
    /// An answer begins to go out (or a cut is about to happen).
    pub fn begin(&self, exchange: Exchange, ending: Ending) {
        *lock(&self.0) = Some(Outgoing {
            exchange,
            ending,
            taken: false,
            flushed: false,
            waiting: None,
        });
    }

    /// HTTP has taken the last byte of the answer.
    fn all_taken(&self) {
        if let Some(outgoing) = &mut *lock(&self.0) {
            outgoing.taken = true;
        }
    }

    /// What HTTP has taken went to the socket.
    fn flushed(&self) {
        let mut slot = lock(&self.0);
        let Some(outgoing) = slot.as_mut().filter(|outgoing| outgoing.taken) else {
            return;
        };
        outgoing.flushed = true;
        if let Some(waker) = outgoing.waiting.take() {
            waker.wake();
        }
        if outgoing.ending == Ending::Complete {
            let done = slot.take();
            drop(slot);
            if let Some(done) = done {
                done.exchange.end(WireEnd::Complete);
            }
        }
    }

    /// Ready once the taken bytes went to the socket.
    fn poll_flushed(&self, cx: &mut Context<'_>) -> Poll<()> {
        match &mut *lock(&self.0) {
            Some(outgoing) if !outgoing.flushed => {
                outgoing.waiting = Some(cx.waker().clone());
                Poll::Pending
            }
            _ => Poll::Ready(()),
        }
    }

    fn resets(&self) -> bool {
        lock(&self.0)
            .as_ref()
            .is_some_and(|outgoing| outgoing.ending == Ending::Reset)
    }

    /// The socket is closed.
    fn closed(&self) {
        let Some(outgoing) = lock(&self.0).take() else {
            return;
        };
        outgoing.exchange.end(match outgoing.ending {
            Ending::Reset => WireEnd::Reset,
            Ending::Closed => WireEnd::Closed,
            Ending::Truncated if outgoing.flushed => WireEnd::Truncated,
            Ending::Truncated | Ending::Complete => WireEnd::ClientGone,
        });
    }
}

/// The TCP socket; closing it is a RST when the answer on the line says so.
pub(super) struct Socket {
    tcp: TcpStream,
    // After `tcp`, so that it is dropped when the socket is closed.
    tail: Tail,
}

struct Tail(Arc<Line>);

impl Socket {
    pub fn new(tcp: TcpStream, line: Arc<Line>) -> Socket {
        Socket {
            tcp,
            tail: Tail(line),
        }
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        if self.tail.0.resets() {
            // Fails only on a socket that is gone already, and then there is nothing to reset.
            let _ = self.tcp.set_zero_linger();
        }
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        self.0.closed();
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_read(cx, buf)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.tcp).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.tcp).poll_shutdown(cx)
    }
}

/// The stream as HTTP sees it, above TLS: notices when everything was written.
pub(super) struct Watched<S> {
    pub stream: S,
    pub line: Arc<Line>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // HTTP flushes only after it has written all that it holds.
        ready!(Pin::new(&mut self.stream).poll_flush(cx))?;
        self.line.flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// A body that tells the line how far it is, and can announce more than it has.
pub(super) struct ReplyBody {
    rest: Option<Bytes>,
    announced: u64,
    cut: bool,
    line: Arc<Line>,
}

impl ReplyBody {
    /// Ends with the last byte of `body`.
    pub fn whole(body: Bytes, line: Arc<Line>) -> ReplyBody {
        if body.is_empty() {
            // Nobody will ask for a byte.
            line.all_taken();
        }
        ReplyBody {
            announced: body.len() as u64,
            rest: (!body.is_empty()).then_some(body),
            cut: false,
            line,
        }
    }

    /// Announces all of `body`, sends the first few bytes (of the image too few to know its size,
    /// so that no browser decodes it), and then cuts the connection.
    pub fn truncated(body: &Bytes, line: Arc<Line>) -> ReplyBody {
        let sent = (body.len() / 2).min(8);
        ReplyBody {
            announced: body.len() as u64,
            rest: Some(body.slice(..sent)),
            cut: true,
            line,
        }
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = Cut;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cut>>> {
        if let Some(bytes) = self.rest.take() {
            self.line.all_taken();
            return Poll::Ready(Some(Ok(Frame::data(bytes))));
        }
        if self.cut {
            ready!(self.line.poll_flushed(cx));
            return Poll::Ready(Some(Err(Cut)));
        }
        Poll::Ready(None)
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_none() && !self.cut
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.announced)
    }
}
