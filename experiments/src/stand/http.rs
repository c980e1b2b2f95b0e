//! One small request, for admin and control ports: a connection each, the whole answer in memory.
//!
//! Not a client for load or for the open internet: it speaks to our own parts, which answer `Connection: close`
//! requests with a length or by closing.

use crate::failure::Failure;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// An admin port answers in milliseconds, under valgrind in seconds.
const WITHIN: Duration = Duration::from_secs(30);

/// Metrics of a few hundred series fit many times over.
const ANSWER_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// The body of a 200 answer to `GET path`, as text.
pub async fn get(addr: SocketAddr, path: &str) -> Result<String, Failure> {
    let body = get_bytes_of(addr, path, Duration::ZERO).await?;
    Ok(String::from_utf8_lossy(&body).into_owned())
}

/// The same byte by byte, of what takes so long to be made.
pub async fn get_bytes_of(addr: SocketAddr, path: &str, takes: Duration) -> Result<Vec<u8>, Failure> {
    match ask(addr, "GET", path, takes + WITHIN).await? {
        (200, body) => Ok(body),
        (status, body) => Err(Failure::run(format!(
            "get http://{addr}{path}: status {status}: {}",
            String::from_utf8_lossy(&body).trim()
        ))),
    }
}

/// The status and body of the answer to a `POST` without a body.
pub async fn post(addr: SocketAddr, path: &str) -> Result<(u16, String), Failure> {
    let (status, body) = ask(addr, "POST", path, WITHIN).await?;
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}

async fn ask(
    addr: SocketAddr,
    method: &str,
    path: &str,
    within: Duration,
) -> Result<(u16, Vec<u8>), Failure> {
    let fail = |why: String| Failure::run(format!("{method} http://{addr}{path}: {why}"));
    let answer = tokio::time::timeout(within, exchange(addr, method, path)).await;
    let answer = answer
        .map_err(|_| fail("no answer in time".into()))?
        .map_err(|e| fail(e.to_string()))?;
    read(&answer).map_err(fail)
}

async fn exchange(addr: SocketAddr, method: &str, path: &str) -> std::io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(addr).await?;
    let length = if method == "POST" {
        "Content-Length: 0\r\n"
    } else {
        ""
    };
    let request = format!("{method} {path} HTTP/1.1\r\nHost: {addr}\r\n{length}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(ANSWER_BYTES_MAX).read_to_end(&mut answer).await?;
    Ok(answer)
}

/// Status and body.
fn read(answer: &[u8]) -> Result<(u16, Vec<u8>), String> {
    const END: &[u8] = b"\r\n\r\n";
    let end = answer.windows(END.len()).position(|window| window == END);
    let (head, body) = answer.split_at(end.ok_or("the answer has no end of headers")?);
    let (head, body) = (String::from_utf8_lossy(head), &body[END.len()..]);
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split_whitespace().nth(1));
    let status = status.and_then(|status| status.parse().ok()).ok_or("no status")?;
    let chunked = lines.any(|line| line.to_ascii_lowercase().replace(' ', "") == "transfer-encoding:chunked");
    let body = if chunked { unchunk(body)? } else { body.to_vec() };
    Ok((status, body))
}

fn unchunk(mut rest: &[u8]) -> Result<Vec<u8>, String> {
    let mut whole = Vec::new();
    loop {
        let line = rest.windows(2).position(|window| window == b"\r\n");
        let (size, after) = rest.split_at(line.ok_or("a chunk without size")?);
        let size = String::from_utf8_lossy(size);
        let size = usize::from_str_radix(size.trim(), 16).map_err(|e| format!("chunk size {size}: {e}"))?;
        if size == 0 {
            return Ok(whole);
        }
        let chunk = after[2..].split_at_checked(size).ok_or("a chunk cut short")?;
        whole.extend_from_slice(chunk.0);
        rest = chunk.1.strip_prefix(b"\r\n").ok_or("a chunk without end")?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_takes_long_to_be_made_is_waited_for() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
            .await
            .expect("a port");
        let addr = listener.local_addr().expect("its address");
        let server = async {
            loop {
                let (mut stream, _) = listener.accept().await.expect("a client");
                let _ = stream.read(&mut [0; 1024]).await;
                tokio::time::sleep(Duration::from_millis(50)).await;
                // who gave up does not read it
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nok").await;
            }
        };
        let asked = async {
            let given_up = ask(addr, "GET", "/", Duration::from_millis(5)).await;
            let told = given_up.expect_err("it was too slow").to_string();
            assert!(told.contains("no answer in time"), "{told}");
            assert_eq!(ask(addr, "GET", "/", WITHIN).await, Ok((200, b"ok".to_vec())));
        };
        tokio::select! {
            () = asked => {}
            () = server => {}
        }
    }

    #[test]
    fn bodies_come_by_length_or_in_chunks() {
        let check = |answer: &str, expected: Result<(u16, &str), ()>| {
            assert_eq!(
                read(answer.as_bytes()).map_err(drop),
                expected.map(|(status, text)| (status, text.as_bytes().to_vec())),
                "{answer}"
            );
        };
        check("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", Ok((200, "ok")));
        check(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n1\r\n!\r\n0\r\n\r\n",
            Ok((200, "ok!")),
        );
        check(
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nok\r\n",
            Err(()),
        );
        check("HTTP/1.1 404 Not Found\r\n\r\nno", Ok((404, "no")));
        check("HTTP/1.1\r\n\r\nno", Err(()));
        check("", Err(()));
    }
}
