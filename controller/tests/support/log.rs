//! What the controller says while it runs.

use std::{
    cell::RefCell,
    io::{self, Write},
    rc::Rc,
    sync::Once,
};

use tracing_subscriber::EnvFilter;

thread_local! {
    static OF_THREAD: RefCell<Option<Log>> = const { RefCell::new(None) };
}

/// What is logged by this thread, where all of a test runs.
#[derive(Clone)]
pub(crate) struct Log(Rc<RefCell<Vec<u8>>>);

/// Dropped, it ends the log, which a test that fails prints.
pub(crate) struct Logging;

impl Drop for Logging {
    fn drop(&mut self) {
        let log = OF_THREAD.take();
        if let Some(log) = log.filter(|_| std::thread::panicking()) {
            eprintln!("{}", log.lines(&[]).join("\n"));
        }
    }
}

impl Log {
    pub(crate) fn start() -> (Self, Logging) {
        // One for all: what is of interest to a subscriber of one thread may be cached by what another thread has.
        static SUBSCRIBER: Once = Once::new();
        SUBSCRIBER.call_once(|| {
            tracing_subscriber::fmt()
                .with_env_filter(EnvFilter::new("knative_gloo_controller=debug"))
                .with_ansi(false)
                .with_writer(|| ToThread)
                .init();
        });
        let log = Self(Rc::default());
        OF_THREAD.set(Some(log.clone()));
        (log, Logging)
    }

    /// The lines that contain all of `parts`.
    pub(crate) fn lines(&self, parts: &[&str]) -> Vec<String> {
        let text = String::from_utf8(self.0.borrow().clone()).unwrap();
        let lines = text.lines().filter(|line| parts.iter().all(|part| line.contains(part)));
        lines.map(str::to_owned).collect()
    }

    /// The lines about an Ingress that contain all of `parts`.
    pub(crate) fn of(&self, namespace: &str, name: &str, parts: &[&str]) -> Vec<String> {
        let span = format!("object{{kind=Ingress namespace={namespace} object={name} generation=");
        self.lines(&[&[span.as_str()], parts].concat())
    }

    /// The pauses that these lines name.
    pub(crate) fn pauses(&self, parts: &[&str]) -> Vec<String> {
        let pause = |line: &String| line.split("pause=").nth(1)?.split_whitespace().next().map(str::to_owned);
        self.lines(parts).iter().filter_map(pause).collect()
    }
}

struct ToThread;

impl Write for ToThread {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        OF_THREAD.with_borrow(|log| {
            if let Some(Log(text)) = log {
                text.borrow_mut().extend(bytes);
            }
        });
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
