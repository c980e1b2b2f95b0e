//! Finding a place on a shared connection for a request, making a connection where there is to be another.

use super::dial::{Dialled, Fault, dial_http2};
use super::shared::{Offer, Place};
use super::state::State;
use crate::event::Event;
use world::{Probe, World};

/// A place, and what making its connection took if that was made for this request.
pub(super) async fn place<W: World, P: Probe<Event>>(
    state: &State<W, P>,
) -> Result<(Place, Option<Dialled>), Fault> {
    let carried_max = state.job.spec().requests_per_connection;
    loop {
        match state.shared.offer(state.connections_max, carried_max) {
            Offer::Take(place) => return Ok((place, None)),
            Offer::Dial(dialling) => {
                let made = dial_http2(state).await;
                drop(dialling);
                let (line, dialled) = made?;
                return Ok((state.shared.add(line, carried_max), Some(dialled)));
            }
            Offer::Wait => state.shared.dialled().await,
        }
    }
}

/// Makes a connection ahead of the requests.
pub(super) async fn open<W: World, P: Probe<Event>>(state: &State<W, P>) -> Result<(), Fault> {
    let dialling = state.shared.dial();
    let made = dial_http2(state).await;
    drop(dialling);
    let (line, _) = made?;
    state.shared.put(line);
    Ok(())
}
