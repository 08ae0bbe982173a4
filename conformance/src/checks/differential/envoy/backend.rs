use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A backend that answers with its name and the head of the request as it came, byte for byte. It ends when it is dropped.
#[derive(Debug)]
pub(super) struct Mirror {
    pub(super) address: SocketAddr,
    task: JoinHandle<()>,
}

impl Mirror {
    pub(super) async fn start(name: &str) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let address = listener.local_addr()?;
        let name = name.to_owned();
        let task = tokio::spawn(async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else { continue };
                let name = name.clone();
                tokio::spawn(async move {
                    // A connection that breaks concerns its client alone.
                    let _ = serve(stream, &name).await;
                });
            }
        });
        Ok(Self { address, task })
    }
}

impl Drop for Mirror {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn serve(mut stream: TcpStream, name: &str) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut pending = Vec::new();
    loop {
        let Some(head) = read_head(&mut stream, &mut pending).await? else { return Ok(()) };
        let mut body = name.as_bytes().to_vec();
        body.extend_from_slice(b"\r\n");
        body.extend_from_slice(&head);
        let mut answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len()).into_bytes();
        answer.extend_from_slice(&body);
        stream.write_all(&answer).await?;
    }
}

/// Reads to the end of a head; what comes after it stays in `pending`. `None` at the end of the connection.
pub(super) async fn read_head(
    stream: &mut (impl AsyncReadExt + Unpin),
    pending: &mut Vec<u8>,
) -> io::Result<Option<Vec<u8>>> {
    const END: &[u8] = b"\r\n\r\n";
    loop {
        if let Some(at) = pending.windows(END.len()).position(|window| window == END) {
            let rest = pending.split_off(at.saturating_add(END.len()));
            return Ok(Some(std::mem::replace(pending, rest)));
        }
        if stream.read_buf(pending).await? == 0 {
            return Ok(None);
        }
    }
}
