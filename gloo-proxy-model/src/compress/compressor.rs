use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::chunk::{MIN_HOSTS, chunks};
use super::error::CompressError;
use super::stream::{Deflated, ZlibStream};
use crate::size::{ProxySize, plain_size};
use crate::sorted::write_sorted;
use crate::{Listener, ListenerType, Proxy, ProxySpec, VirtualHost};

/// Compresses successive versions of a Proxy. The time depends on what has changed.
///
/// The virtual hosts are cut into chunks, each chunk is compressed on its own, and the stream is put together from the chunks. The
/// compressed chunks of the last version are kept. A chunk is written and compressed again only if one of its virtual hosts is
/// another [`Arc`]. The bytes depend only on the spec: they are those of [`Proxy::compressed`].
///
/// ```
/// use gloo_proxy_model::{Proxy, SpecCompressor};
///
/// let proxy = Proxy::from_json(br#"{"spec": {"listeners": [{"name": "http", "bindPort": 80}]}}"#)?;
/// let mut compressor = SpecCompressor::default();
/// assert_eq!(compressor.compress(proxy.clone())?, proxy.compressed()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct SpecCompressor {
    /// By the address of the first host. The chunk keeps the host, so no other host can have that address.
    chunks: HashMap<(usize, Position), Arc<Chunk>>,
    /// The JSON around the chunks: listeners, their certificates, and lists of virtual hosts that are too short for a chunk.
    frames: HashMap<Vec<u8>, Arc<Deflated>>,
    size: Option<ProxySize>,
}

/// The position of a chunk in its list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Position {
    First,
    /// After another chunk, so it begins with a comma.
    Later,
}

/// Virtual hosts and their compressed JSON.
#[derive(Debug)]
struct Chunk {
    hosts: Vec<Arc<VirtualHost>>,
    deflated: Deflated,
}

impl Chunk {
    fn is_of(&self, hosts: &[Arc<VirtualHost>]) -> bool {
        self.hosts.len() == hosts.len()
            && self.hosts.iter().zip(hosts).all(|(known, host)| Arc::ptr_eq(known, host))
    }
}

impl SpecCompressor {
    /// Compresses the spec like [`Proxy::compressed`].
    ///
    /// # Errors
    /// As for [`Proxy::compressed`].
    pub fn compress(&mut self, mut proxy: Proxy) -> Result<Proxy, CompressError> {
        if !proxy.spec.compressed_spec.is_empty() {
            proxy.annotate_as_compressed();
            let bytes = plain_size(&proxy);
            self.size = Some(ProxySize { plain: bytes, compressed: bytes });
            return Ok(proxy);
        }
        let mut assembly = Assembly::new(self);
        assembly.write_spec(std::mem::take(&mut proxy.spec))?;
        let (next, zlib, spec_bytes) = assembly.finish()?;
        *self = next;
        let around_spec = |proxy: &Proxy| plain_size(proxy).saturating_sub("{}".len());
        let plain = around_spec(&proxy).saturating_add(spec_bytes);
        proxy.annotate_as_compressed();
        let text = STANDARD.encode(zlib);
        // Base64 has nothing that JSON escapes.
        let spec = r#"{"compressedSpec":""}"#.len().saturating_add(text.len());
        let compressed = around_spec(&proxy).saturating_add(spec);
        self.size = Some(ProxySize { plain, compressed });
        proxy.spec.compressed_spec = text;
        Ok(proxy)
    }

    /// How large the Proxy is that was compressed last, as [`Proxy::size`] would find by writing it. `None` before the first.
    pub const fn size(&self) -> Option<ProxySize> {
        self.size
    }
}

/// A stream that is being written.
struct Assembly<'a> {
    last: &'a SpecCompressor,
    next: SpecCompressor,
    stream: ZlibStream,
    /// The JSON since the last chunk.
    frame: Vec<u8>,
}

/// Writes the value of the member of this name, if it is one that is not written as it is.
type WriteMember<'a, 'f> = dyn FnMut(&mut Assembly<'a>, &str) -> Option<Result<(), CompressError>> + 'f;

impl<'a> Assembly<'a> {
    fn new(last: &'a SpecCompressor) -> Self {
        Self { last, next: SpecCompressor::default(), stream: ZlibStream::new(), frame: Vec::new() }
    }

    fn write_spec(&mut self, mut spec: ProxySpec) -> Result<(), CompressError> {
        let mut listeners = std::mem::take(&mut spec.listeners);
        let mut members = members(serde_json::to_value(&spec)?);
        if !listeners.is_empty() {
            members.insert("listeners".to_owned(), Value::Null);
        }
        self.write_object(&members, &mut |out, name| {
            (name == "listeners").then(|| out.write_listeners(std::mem::take(&mut listeners)))
        })
    }

    fn write_listeners(&mut self, listeners: Vec<Listener>) -> Result<(), CompressError> {
        for (place, listener) in listeners.into_iter().enumerate() {
            self.frame.push(if place == 0 { b'[' } else { b',' });
            self.write_listener(listener)?;
        }
        self.frame.push(b']');
        Ok(())
    }

    /// All but what there may be many of goes through a [`Value`].
    fn write_listener(&mut self, mut listener: Listener) -> Result<(), CompressError> {
        let certificates = std::mem::take(&mut listener.ssl_configurations);
        let hosts = match &mut listener.listener_type {
            Some(ListenerType::Http(http)) => std::mem::take(&mut http.virtual_hosts),
            Some(ListenerType::Tcp(_) | ListenerType::Hybrid(_) | ListenerType::Aggregate(_)) | None => {
                Vec::new()
            }
        };
        let mut members = members(serde_json::to_value(&listener)?);
        let mut http = Map::new();
        if !hosts.is_empty() {
            let old = members.insert("httpListener".to_owned(), Value::Null);
            http = old.map(self::members).unwrap_or_default();
            http.insert("virtualHosts".to_owned(), Value::Null);
        }
        if !certificates.is_empty() {
            members.insert("sslConfigurations".to_owned(), Value::Null);
        }
        self.write_object(&members, &mut |out, name| match name {
            "httpListener" if !hosts.is_empty() => Some(out.write_object(&http, &mut |out, name| {
                (name == "virtualHosts").then(|| out.write_hosts(&hosts))
            })),
            "sslConfigurations" => {
                Some(write_sorted(&certificates, &mut out.frame).map_err(CompressError::from))
            }
            _ => None,
        })
    }

    fn write_hosts(&mut self, hosts: &[Arc<VirtualHost>]) -> Result<(), CompressError> {
        self.frame.push(b'[');
        if hosts.len() < MIN_HOSTS {
            self.frame.extend(json(hosts, Position::First)?);
            self.frame.push(b']');
            return Ok(());
        }
        self.end_frame()?;
        let mut position = Position::First;
        for hosts in chunks(hosts) {
            let key = (hosts.first().map_or(0, |host| Arc::as_ptr(host).addr()), position);
            let known = self.last.chunks.get(&key).filter(|chunk| chunk.is_of(hosts));
            let chunk = match known {
                Some(chunk) => Arc::clone(chunk),
                None => {
                    let deflated = Deflated::new(&json(hosts, position)?)?;
                    Arc::new(Chunk { hosts: hosts.to_vec(), deflated })
                }
            };
            self.stream.push(&chunk.deflated);
            self.next.chunks.insert(key, chunk);
            position = Position::Later;
        }
        self.frame.push(b']');
        Ok(())
    }

    /// Writes an object with sorted keys. `members` lacks the value that `special` writes.
    fn write_object(
        &mut self,
        members: &Map<String, Value>,
        special: &mut WriteMember<'a, '_>,
    ) -> Result<(), CompressError> {
        let members: BTreeMap<&String, &Value> = members.iter().collect();
        self.frame.push(b'{');
        for (place, (name, value)) in members.into_iter().enumerate() {
            if place > 0 {
                self.frame.push(b',');
            }
            write_sorted(name, &mut self.frame)?;
            self.frame.push(b':');
            match special(self, name) {
                Some(written) => written?,
                None => write_sorted(value, &mut self.frame)?,
            }
        }
        self.frame.push(b'}');
        Ok(())
    }

    fn end_frame(&mut self) -> Result<(), CompressError> {
        let json = std::mem::take(&mut self.frame);
        let deflated = match self.last.frames.get(&json) {
            Some(known) => Arc::clone(known),
            None => Arc::new(Deflated::new(&json)?),
        };
        self.stream.push(&deflated);
        self.next.frames.insert(json, deflated);
        Ok(())
    }

    /// What is kept for the next state, the stream, and the bytes of what it holds.
    fn finish(mut self) -> Result<(SpecCompressor, Vec<u8>, usize), CompressError> {
        self.end_frame()?;
        let bytes = self.stream.bytes_before();
        Ok((self.next, self.stream.finish(), bytes))
    }
}

/// The JSON of a chunk, without the brackets of its list.
fn json(hosts: &[Arc<VirtualHost>], position: Position) -> Result<Vec<u8>, CompressError> {
    let mut json = Vec::new();
    for (place, host) in hosts.iter().enumerate() {
        if place > 0 || position == Position::Later {
            json.push(b',');
        }
        write_sorted(&**host, &mut json)?;
    }
    Ok(json)
}

/// The members of an object.
fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
    }
}

#[cfg(test)]
#[allow(clippy::arithmetic_side_effects)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;
    use proptest::prelude::*;

    use super::*;
    use crate::sorted::write_tree;
    use crate::{HttpListener, Route, SslConfig};

    type Hosts = Vec<Arc<VirtualHost>>;

    fn host(number: usize, revision: usize) -> Arc<VirtualHost> {
        let route = Route { name: format!("revision-{revision:05}<&>"), ..Route::default() };
        Arc::new(VirtualHost {
            name: format!("team-{}.shop-{number:05}", number % 50),
            domains: ["", ".svc", ".svc.cluster.local"]
                .map(|suffix| format!("shop-{number}.team-{}{suffix}", number % 50))
                .to_vec(),
            routes: vec![Arc::new(route)],
            ..VirtualHost::default()
        })
    }

    fn proxy(http: &Hosts, https: Option<&Hosts>) -> Proxy {
        let listener = |name: &str, hosts: &Hosts| Listener {
            name: name.to_owned(),
            listener_type: Some(ListenerType::Http(HttpListener {
                virtual_hosts: hosts.clone(),
                stat_prefix: name.to_owned(),
                ..HttpListener::default()
            })),
            ..Listener::default()
        };
        let mut proxy = Proxy::default();
        proxy.spec.listeners = vec![listener("http", http)];
        if let Some(https) = https {
            let sni_domains = https.iter().take(3).flat_map(|host| host.domains.clone()).collect();
            let config = SslConfig { sni_domains, ..SslConfig::default() };
            proxy
                .spec
                .listeners
                .push(Listener { ssl_configurations: vec![config], ..listener("https", https) });
        }
        proxy
    }

    fn go_json(spec: &ProxySpec) -> Vec<u8> {
        let mut json = Vec::new();
        write_tree(&serde_json::to_value(spec).unwrap(), &mut json);
        json
    }

    fn inflated(proxy: &Proxy) -> Vec<u8> {
        let zlib = STANDARD.decode(&proxy.spec.compressed_spec).unwrap();
        let mut json = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::ZlibDecoder::new(zlib.as_slice()), &mut json).unwrap();
        json
    }

    #[derive(Clone, Debug)]
    enum Step {
        Change(usize),
        Remove(usize),
        Insert(usize),
        DropHttps,
        SwapListeners,
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let step = prop_oneof![
            6 => any::<usize>().prop_map(Step::Change),
            3 => any::<usize>().prop_map(Step::Remove),
            3 => any::<usize>().prop_map(Step::Insert),
            1 => Just(Step::DropHttps),
            1 => Just(Step::SwapListeners),
        ];
        prop::collection::vec(step, 1..12)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// The bytes depend only on the spec, whatever changed before, and decompress to its JSON.
        #[test]
        fn the_past_leaves_no_trace(count in 0_usize..600, steps in steps()) {
            let mut http: Hosts = (0..count).map(|number| host(number, 0)).collect();
            let mut https: Option<Hosts> = Some(http.iter().take(count / 2).cloned().collect());
            let mut compressor = SpecCompressor::default();
            for (revision, step) in steps.into_iter().enumerate() {
                let length = http.len().max(1);
                match step {
                    Step::Change(at) => if let Some(place) = http.get_mut(at % length) {
                        *place = host(at % length, revision + 1);
                    },
                    Step::Remove(at) => if at % length < http.len() {
                        http.remove(at % length);
                    },
                    Step::Insert(at) => http.insert(at % length, host(1_000 + revision, 0)),
                    Step::DropHttps => https = None,
                    Step::SwapListeners => {
                        let old = https.take().unwrap_or_default();
                        https = Some(std::mem::replace(&mut http, old));
                    }
                }
                let proxy = proxy(&http, https.as_ref());
                let compressed = compressor.compress(proxy.clone()).unwrap();
                prop_assert_eq!(&compressed, &proxy.clone().compressed().unwrap());
                prop_assert_eq!(compressor.size(), Some(proxy.size()));
                prop_assert_eq!(inflated(&compressed), go_json(&proxy.spec));
                prop_assert_eq!(compressed.decompressed().unwrap().spec, proxy.spec);
            }
        }
    }

    /// A change costs one chunk, however many others there are.
    #[test]
    fn a_change_compresses_its_chunk_alone() {
        let mut hosts: Hosts = (0..3_000).map(|number| host(number, 0)).collect();
        let mut compressor = SpecCompressor::default();
        compressor.compress(proxy(&hosts, Some(&hosts))).unwrap();
        let before = compressor.clone();
        assert!(before.chunks.len() > 20);
        for place in [0, 1_500, 2_999] {
            let mut changed = before.clone();
            let old = std::mem::replace(&mut hosts[place], host(place, 1));
            changed.compress(proxy(&hosts, None)).unwrap();
            hosts[place] = old;
            let is_kept = |chunk: &&Arc<Chunk>| before.chunks.values().any(|old| Arc::ptr_eq(old, chunk));
            let written_anew = changed.chunks.values().filter(|chunk| !is_kept(chunk)).count();
            assert_eq!(written_anew, 1, "host {place}");
        }
        // Chunks of removed hosts are dropped.
        compressor.compress(Proxy::default()).unwrap();
        assert!(compressor.chunks.is_empty() && compressor.frames.len() == 1);
    }

    /// The size that chunks cost.
    #[test]
    fn the_stream_is_little_larger_than_one_that_was_written_whole() {
        let hosts: Hosts = (0..3_000).map(|number| host(number, number)).collect();
        let proxy = proxy(&hosts, None);
        let mut whole = ZlibEncoder::new(Vec::new(), Compression::default());
        whole.write_all(&go_json(&proxy.spec)).unwrap();
        let whole = whole.finish().unwrap().len();
        let ours = STANDARD.decode(proxy.compressed().unwrap().spec.compressed_spec).unwrap().len();
        println!("{ours} bytes in chunks, {whole} bytes whole");
        assert!(ours * 4 < whole * 5, "{ours} and {whole}");
    }
}
