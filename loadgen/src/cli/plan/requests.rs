//! What is sent, what is expected of the answers, and where that says requests go.

use super::errors::Errors;
use super::load::read;
use super::place::Place;
use crate::cli::args::{Args, ConnectionArgs};
use bytes::Bytes;
use loadgen::{
    Body, Catalogue, Common, ConnectTo, Expect, JobSpec, Origin, Protocol, StepSpec, TlsSpec, Tokens, Url,
    parse_mix, parse_targets,
};
use std::path::Path;
use std::sync::Arc;

/// A body is kept in memory once; more than this is no request but a file transfer.
const BODY_BYTES_MAX: u64 = 1 << 30;
/// Certificates and keys are a few kilobytes; a system's whole set is a few hundred.
const PEM_BYTES_MAX: u64 = 16 << 20;

/// Sets what is sent; gives where it goes.
pub(super) fn apply(args: &Args, job: &mut JobSpec, errors: &mut Errors) -> Option<Place> {
    job.load_id = args.request.load_id;
    let url = args.url.as_deref();
    let url = url.and_then(|url| errors.take("url", Url::parse(url).map_err(Some)));
    let common = common(args, url.as_ref(), errors);
    let lists = args.request.targets.is_some() || args.request.mix.is_some();
    if lists && let Err(faults) = common.check_headers() {
        errors.add_all(faults.iter().map(ToString::to_string));
        return None;
    }
    let catalogue = match (&args.request.targets, &args.request.mix) {
        (Some(file), _) => {
            let text = text(file, errors, "--targets")?;
            let parsed = parse_targets(&text, file, &common, &mut beside(file));
            errors.take("--targets", parsed)
        }
        (_, Some(file)) => {
            let text = text(file, errors, "--mix")?;
            if let Some(url) = url.as_ref().filter(|url| url.path != "/") {
                errors.add(format!(
                    "url: the paths are those of --mix: leave out {}",
                    url.path
                ));
            }
            errors.take("--mix", parse_mix(&text, file, &common, &mut beside(file)))
        }
        (None, None) => single(args, url.as_ref(), common, job, errors),
    };
    // what is wrong with the requests has been listed: the job is not to list it again
    if let Some(url) = url.as_ref().filter(|_| catalogue.is_some()) {
        job.host = url.authority.to_owned();
        job.path.clone_from(&url.path);
    }
    let origin = url.map(|url| url.origin);
    let place = place(&args.connections, origin, catalogue.as_ref(), errors)?;
    job.protocol = protocol(&args.connections, &place.origin, errors);
    job.catalogue = Some(Arc::new(catalogue?));
    Some(place)
}

/// What the command line says of all requests.
fn common(args: &Args, url: Option<&Url<'_>>, errors: &mut Errors) -> Common {
    let mut headers = Vec::new();
    for header in &args.request.headers {
        match header.split_once(':') {
            Some((name, value)) => headers.push((name.into(), value.trim().into())),
            None => errors.add(format!("--header: {header:?} has no colon: write 'Name: value'")),
        }
    }
    let tokens = args.request.tokens.as_deref().and_then(|file| {
        let bytes = errors.take("--tokens", read(file, BODY_BYTES_MAX).map_err(Some))?;
        errors.take("--tokens", Tokens::parse(bytes.into(), file))
    });
    let expect = args.request.expect.as_deref();
    let expect = expect.and_then(|text| errors.take("--expect", Expect::parse(text)));
    Common {
        authority: url.map_or_else(String::new, |url| url.authority.to_owned()),
        headers,
        body: body(args, errors),
        expect: Arc::new(expect.unwrap_or_default()),
        tokens: tokens.map(Arc::new),
    }
}

fn body(args: &Args, errors: &mut Errors) -> Body {
    match args.request.body.as_deref() {
        None => Body::default(),
        Some(text) => match text.strip_prefix('@') {
            Some(file) => {
                let bytes = errors.take("--body", read(file, BODY_BYTES_MAX).map_err(Some));
                Body::Bytes(bytes.unwrap_or_default().into())
            }
            None => Body::Text(text.to_owned()),
        },
    }
}

/// The one request of a URL.
fn single(
    args: &Args,
    url: Option<&Url<'_>>,
    common: Common,
    job: &mut JobSpec,
    errors: &mut Errors,
) -> Option<Catalogue> {
    let Some(url) = url else {
        if args.url.is_none() {
            errors.add("url: say where to send requests: http://host/path");
        }
        return None;
    };
    let method = args.request.method.clone();
    let with_body = args.request.body.is_some();
    let method = method.unwrap_or_else(|| if with_body { "POST" } else { "GET" }.into());
    let step = StepSpec {
        name: method.clone(),
        method,
        authority: common.authority,
        path: url.path.clone(),
        headers: common.headers,
        body: common.body,
        expect: common.expect,
        ..StepSpec::default()
    };
    let (method, headers) = (step.method.clone(), step.headers.clone());
    match step.build(common.tokens.as_ref(), &mut Vec::new()) {
        Ok(step) => {
            // for the record: what is sent is the catalogue
            (job.method, job.headers) = (method, headers);
            Some(Catalogue::single(step))
        }
        Err(faults) => {
            errors.add_all(faults.iter().map(ToString::to_string));
            None
        }
    }
}

fn place(
    args: &ConnectionArgs,
    url: Option<Origin>,
    catalogue: Option<&Catalogue>,
    errors: &mut Errors,
) -> Option<Place> {
    let connect_to = args
        .connect_to
        .as_deref()
        .and_then(|text| errors.take("--connect-to", ConnectTo::parse(text).map_err(Some)));
    let redirected = connect_to.is_some() || args.unix_socket.is_some();
    let own = catalogue.map_or(Ok(None), Catalogue::origin);
    let origin = match (own, url) {
        (Ok(None), None) if catalogue.is_none() => return None,
        (Err(_), Some(url)) if redirected => url,
        (Err(error), _) => {
            errors.add(format!("--targets: {error}"));
            return None;
        }
        (Ok(Some(own)), Some(url)) if *own != url && !redirected => {
            errors.add(format!(
                "url: the requests go to {own}: leave the URL out, or send everything to one address with --connect-to"
            ));
            return None;
        }
        (Ok(Some(own)), None) => own.clone(),
        (Ok(_), Some(url)) => url,
        (Ok(None), None) => {
            errors.add("url: say where to send requests: http://host:port");
            return None;
        }
    };
    let tls = tls(args, &origin, errors);
    Some(Place {
        tls,
        origin,
        unix: args.unix_socket.as_ref().map(Into::into),
        connect_to,
    })
}

fn tls(args: &ConnectionArgs, origin: &Origin, errors: &mut Errors) -> Option<TlsSpec> {
    let mut pem = |flag: &str, file: &Option<String>| {
        let file = file.as_deref()?;
        errors.take(flag, read(file, PEM_BYTES_MAX).map_err(Some))
    };
    let cacert = pem("--cacert", &args.cacert);
    let identity = pem("--cert", &args.cert).zip(pem("--key", &args.key));
    if !origin.tls {
        let given = [
            ("--insecure", args.insecure),
            ("--cacert", args.cacert.is_some()),
            ("--cert", args.cert.is_some()),
            ("--no-tls-resumption", args.no_tls_resumption),
        ];
        for (flag, _) in given.into_iter().filter(|(_, given)| *given) {
            errors.add(format!("{flag}: {origin} is not secured: write https://"));
        }
        return None;
    }
    Some(TlsSpec {
        server_name: origin.host.clone(),
        insecure: args.insecure,
        cacert,
        identity,
        resumption: !args.no_tls_resumption,
        http2: args.http2,
    })
}

fn protocol(args: &ConnectionArgs, origin: &Origin, errors: &mut Errors) -> Protocol {
    match (args.http2, args.h2c, origin.tls) {
        (true, _, false) => {
            errors.add(format!(
                "--http2: {origin} is not secured: write https://, or --h2c"
            ));
            Protocol::Http2
        }
        (_, true, true) => {
            errors.add(format!("--h2c: {origin} is secured: write http://, or --http2"));
            Protocol::Http2
        }
        (false, false, _) => Protocol::Http1,
        _ => Protocol::Http2,
    }
}

fn text(file: &str, errors: &mut Errors, flag: &str) -> Option<String> {
    let text = read(file, BODY_BYTES_MAX)
        .and_then(|bytes| String::from_utf8(bytes).map_err(|_| format!("{file} is not text")));
    errors.take(flag, text.map_err(Some))
}

/// Reads files that another one names: from its own directory, as everybody expects of includes.
fn beside(file: &str) -> impl FnMut(&str) -> Result<Bytes, String> {
    let directory = Path::new(file).parent().unwrap_or(Path::new("")).to_owned();
    move |name| {
        let path = directory.join(name);
        let path = path.to_str().ok_or_else(|| format!("{name:?} is no path"))?;
        read(path, BODY_BYTES_MAX).map(Bytes::from)
    }
}
