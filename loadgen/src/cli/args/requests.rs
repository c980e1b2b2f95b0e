//! What is sent, and what is expected of the answers.

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Requests and checks")]
pub(in crate::cli) struct RequestArgs {
    /// Request method [default: GET; POST with a body]
    #[arg(short, long, value_name = "METHOD")]
    pub(in crate::cli) method: Option<String>,
    /// Request header, repeatable, may be templated: {{seq}} {{uuid}} {{rand 1 100}} {{zipf 1000 1.1}} {{token}}
    #[arg(short = 'H', long = "header", value_name = "NAME: VALUE")]
    pub(in crate::cli) headers: Vec<String>,
    /// Request body, may be templated; @FILE sends a file as it is
    #[arg(short, long, value_name = "TEXT")]
    pub(in crate::cli) body: Option<String>,
    /// Requests from a file in one of vegeta's formats; arrival k sends target k mod n, and so takes token k mod n
    #[arg(long, value_name = "FILE", conflicts_with_all = ["mix", "method"])]
    pub(in crate::cli) targets: Option<String>,
    /// Weighted scenarios from a YAML file; a scenario may be a flow: log in, keep the token, call
    #[arg(long, value_name = "FILE", conflicts_with_all = ["method", "body"])]
    pub(in crate::cli) mix: Option<String>,
    /// One token a line, for {{token}}
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) tokens: Option<String>,
    /// What an answer must be: status=200, status=2xx, header:Name=value, size<1MiB, body~REGEX, separated by commas;
    /// anything else is an error [default: any status below 500]
    #[arg(long, value_name = "TERMS")]
    pub(in crate::cli) expect: Option<String>,
    /// Add an X-Load-Id header with each arrival's number
    #[arg(long)]
    pub(in crate::cli) load_id: bool,
}
