//! The pick of `loadstar.select` for one policy by one header, with the Rust SDK. It reads our configuration, builds Maglev's
//! table for hosts of equal weight, and writes the same hint; no counters, one value of the header, no other keys.

use base64::{engine::general_purpose::STANDARD, Engine};
use proxy_wasm::{traits::*, types::*};
use serde_json::Value;
use std::rc::Rc;
use xxhash_rust::xxh64::xxh64;

proxy_wasm::main! {{
    proxy_wasm::set_root_context(|_| Box::new(Root(Rc::default())));
}}

#[derive(Default)]
struct Table {
    header: String,
    hints: Vec<String>,
    slots: Vec<u16>,
}

struct Root(Rc<Table>);

impl Context for Root {}

impl RootContext for Root {
    fn on_configure(&mut self, _size: usize) -> bool {
        let table = self.get_plugin_configuration().and_then(|text| read(&text));
        self.0 = Rc::new(table.unwrap_or_default());
        !self.0.slots.is_empty()
    }

    fn get_type(&self) -> Option<ContextType> {
        Some(ContextType::HttpContext)
    }

    fn create_http_context(&self, _id: u32) -> Option<Box<dyn HttpContext>> {
        Some(Box::new(Pick(self.0.clone())))
    }
}

fn read(text: &[u8]) -> Option<Table> {
    let config: Value = serde_json::from_slice(text).ok()?;
    let table = &config["tables"][0];
    let hosts = table["localities"][0]["hosts"].as_array()?;
    let mut hosts: Vec<&str> = hosts.iter().filter_map(|host| host[0].as_str()).collect();
    hosts.sort_unstable();
    Some(Table {
        header: config["policies"][0]["hash"][0]["header"].as_str()?.to_owned(),
        hints: hosts.iter().map(|host| STANDARD.encode(host)).collect(),
        slots: fill(&hosts, table["size"].as_u64()?),
    })
}

fn fill(hosts: &[&str], size: u64) -> Vec<u16> {
    let mut slots = vec![u16::MAX; size as usize];
    let mut turns: Vec<(u64, u64)> = hosts
        .iter()
        .map(|host| (xxh64(host.as_bytes(), 0) % size, xxh64(host.as_bytes(), 1) % (size - 1) + 1))
        .collect();
    for taken in 0..size as usize {
        let host = taken % hosts.len();
        let (at, skip) = &mut turns[host];
        while slots[*at as usize] != u16::MAX {
            *at = (*at + *skip) % size;
        }
        slots[*at as usize] = host as u16;
    }
    slots
}

struct Pick(Rc<Table>);

impl Context for Pick {}

impl HttpContext for Pick {
    fn on_http_request_headers(&mut self, _count: usize, _end: bool) -> Action {
        if let Some(key) = self.get_http_request_header(&self.0.header) {
            let slot = xxh64(key.as_bytes(), 0) % self.0.slots.len() as u64;
            let host = self.0.slots[slot as usize] as usize;
            self.set_http_request_header("x-loadstar-host", Some(&self.0.hints[host]));
        }
        Action::Continue
    }
}
