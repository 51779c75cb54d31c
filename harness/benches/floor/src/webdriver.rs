//! WebDriver over one connection that is kept.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpStream};

use serde_json::{Value, json};

/// A session.
pub struct Session {
    port: u16,
    path: String,
    connection: Option<BufReader<TcpStream>>,
}

impl Session {
    /// Opens a session of a driver that listens.
    pub fn open(port: u16, capabilities: &Value) -> io::Result<Session> {
        let mut session = Session {
            port,
            path: String::new(),
            connection: None,
        };
        let wanted = json!({ "capabilities": { "alwaysMatch": capabilities, "firstMatch": [{}] } });
        let said = session.post("/session", &wanted)?;
        let id = said["sessionId"].as_str().unwrap_or_default();
        session.path = format!("/session/{id}");
        Ok(session)
    }

    /// Tells the session something.
    pub fn tell(&mut self, path: &str, body: &Value) -> io::Result<Value> {
        let path = format!("{}/{path}", self.path);
        self.post(&path, body)
    }

    fn post(&mut self, path: &str, body: &Value) -> io::Result<Value> {
        let body = body.to_string();
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: {}\r\n\r\n{body}",
            self.port,
            body.len()
        );
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => {
                let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, self.port))?;
                stream.set_nodelay(true)?;
                BufReader::new(stream)
            }
        };
        connection.get_mut().write_all(request.as_bytes())?;
        let answer = Answer::read(&mut connection)?;
        if answer.keeps {
            self.connection = Some(connection);
        }
        let said: Value = serde_json::from_slice(&answer.body)?;
        if answer.ok {
            Ok(said["value"].clone())
        } else {
            Err(io::Error::other(format!("{path}: {said}")))
        }
    }
}

struct Answer {
    ok: bool,
    keeps: bool,
    body: Vec<u8>,
}

impl Answer {
    fn read(from: &mut impl BufRead) -> io::Result<Answer> {
        let mut status = String::new();
        from.read_line(&mut status)?;
        let mut answer = Answer {
            ok: status.split(' ').nth(1) == Some("200"),
            keeps: true,
            body: Vec::new(),
        };
        let mut length = 0;
        loop {
            let mut line = String::new();
            if from.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let line = line.trim_end().to_ascii_lowercase();
            match line.split_once(':') {
                None => break,
                Some(("content-length", value)) => length = value.trim().parse().unwrap_or(0),
                Some(("connection", value)) => answer.keeps = value.trim() != "close",
                Some(_) => {}
            }
        }
        from.take(length).read_to_end(&mut answer.body)?;
        Ok(answer)
    }
}
