//! The command line.

use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

/// Looks up hosts, services and server addresses; without a command, a walk through all
/// of these.
#[derive(Parser)]
#[command(after_help = "Example:\n  lookup-demo addr localhost https --type stream")]
pub struct Cli {
    #[command(subcommand)]
    pub command: Option<Command>,
    #[command(flatten)]
    pub filter: Filter,
    /// The services table to read instead of the system's
    #[arg(long, value_name = "FILE", global = true)]
    pub services: Option<PathBuf>,
}

impl Cli {
    /// Ends the program when the arguments make no sense, or ask for help.
    pub fn from_command_line() -> Self {
        let cli = Self::parse();
        // clap could forbid options before a command altogether; `--services FILE` is
        // welcome there.
        if cli.command.is_some() && cli.filter.is_set() {
            let reason = "--family and --type belong after `addr`";
            Self::command().error(ErrorKind::ArgumentConflict, reason).exit();
        }
        cli
    }
}

#[derive(Subcommand)]
pub enum Command {
    /// A host's official name, aliases and IPv4 addresses
    Host {
        /// Names, or addresses
        #[arg(value_name = "NAME", required = true)]
        names: Vec<String>,
    },
    /// A service's port, or a port's service
    Service {
        /// Names or aliases, as in the table, and numbers
        #[arg(value_name = "NAME|PORT", required = true)]
        asked: Vec<String>,
        /// Only services over TCP
        #[arg(long, conflicts_with = "udp")]
        tcp: bool,
        /// Only services over UDP
        #[arg(long)]
        udp: bool,
    },
    /// The addresses, and the sockets to open, that reach a server
    Addr {
        /// A name, or an address
        host: String,
        /// A name, or a port; 0 for none
        service: String,
        #[command(flatten)]
        filter: Filter,
        /// Ask for the host's canonical name too
        #[arg(long)]
        canonical: bool,
    },
}

#[derive(Args)]
pub struct Filter {
    /// Only addresses of this family
    #[arg(long)]
    pub family: Option<Family>,
    /// Only sockets of this type
    #[arg(long = "type", value_name = "TYPE")]
    pub socket_type: Option<SocketType>,
}

impl Filter {
    fn is_set(&self) -> bool {
        self.family.is_some() || self.socket_type.is_some()
    }
}

#[derive(Clone, Copy, ValueEnum)]
pub enum Family {
    Ipv4,
    Ipv6,
}

#[derive(Clone, Copy, ValueEnum)]
pub enum SocketType {
    Stream,
    Datagram,
    Raw,
}
