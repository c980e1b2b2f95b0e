//! What carries the requests.

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Connections")]
pub(in crate::cli) struct ConnectionArgs {
    /// Most connections at once, over all threads and shards
    #[arg(short, long, value_name = "COUNT", default_value = "64")]
    pub(in crate::cli) connections: String,
    /// Most requests on connections at once; the rest waits [default: one a connection, with HTTP/2 100]
    #[arg(long, value_name = "COUNT")]
    pub(in crate::cli) max_in_flight: Option<String>,
    /// Most requests waiting for a connection; beyond it they are dropped, which is INVALID
    #[arg(long, value_name = "COUNT", default_value = "1000000")]
    pub(in crate::cli) backlog: String,
    /// Open all connections before the start, not on demand
    #[arg(long)]
    pub(in crate::cli) preconnect: bool,
    /// HTTP/1.1, which is the default
    #[arg(long, conflicts_with_all = ["http2", "h2c"])]
    pub(in crate::cli) http1: bool,
    /// HTTP/2 over TLS, agreed by ALPN
    #[arg(long, conflicts_with = "h2c")]
    pub(in crate::cli) http2: bool,
    /// HTTP/2 without TLS, with prior knowledge
    #[arg(long)]
    pub(in crate::cli) h2c: bool,
    /// A new connection for every request
    #[arg(long, conflicts_with = "requests_per_conn")]
    pub(in crate::cli) no_keepalive: bool,
    /// Close a connection after so many requests
    #[arg(long, value_name = "COUNT")]
    pub(in crate::cli) requests_per_conn: Option<String>,
    /// For the complete answer, from the intended time
    #[arg(long, value_name = "TIME", default_value = "10s")]
    pub(in crate::cli) timeout: String,
    /// Take any certificate
    #[arg(short = 'k', long)]
    pub(in crate::cli) insecure: bool,
    /// Trust these certificate authorities instead of the system's (PEM)
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) cacert: Option<String>,
    /// Client certificate with its chain (PEM)
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(in crate::cli) cert: Option<String>,
    /// Private key of the client certificate (PEM)
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub(in crate::cli) key: Option<String>,
    /// A full TLS handshake for every connection
    #[arg(long)]
    pub(in crate::cli) no_tls_resumption: bool,
    /// Connect to this unix socket; the URL still gives host and path
    #[arg(long, value_name = "PATH", conflicts_with = "connect_to")]
    pub(in crate::cli) unix_socket: Option<String>,
    /// Connect here instead of to the URL's host, as curl does: HOST:PORT, or HOST1:PORT1:HOST2:PORT2
    #[arg(long, value_name = "WHERE")]
    pub(in crate::cli) connect_to: Option<String>,
}
