//! All series of an experiment, each of its variants, laid over each other.

use super::agree::{Compared, Series, compare};
use super::draw::overlay;
use super::judge::agrees;
use super::tables::Sockets;
use crate::claims::Claim;
use crate::exp::simulated::Data;
use crate::failure::Failure;
use charts::{Page, Span};

/// What is laid over what.
pub(in crate::exp) struct Overlay<'a> {
    pub(in crate::exp) simulated: &'a Data,
    pub(in crate::exp) sockets: &'a Sockets,
    /// As the scenario calls them, and as people read them.
    pub(in crate::exp) variants: &'a [(&'a str, &'a str)],
    /// When a run's time begins, in seconds, by its data and seed.
    pub(in crate::exp) origin: fn(&Data, u64) -> f64,
    /// What is shaded, from there.
    pub(in crate::exp) span: Option<(&'a str, f64, f64)>,
    pub(in crate::exp) series: &'a [Series<'a>],
}

impl Overlay<'_> {
    fn compared(&self, series: &Series<'_>) -> Vec<(String, Compared)> {
        let one = |(variant, title): &(&str, &str)| {
            let compared = compare(self.simulated, &self.sockets.data, variant, series, self.origin);
            ((*title).to_owned(), compared)
        };
        let all = self.variants.iter().map(one);
        // a variant that sockets have not played has none
        all.filter(|(_, compared)| !compared.points.is_empty()).collect()
    }

    /// That each series of one world lies where the other's does.
    pub(in crate::exp) fn claims(&self) -> Vec<Claim> {
        let claim = |series: &Series<'_>| {
            let compared: Vec<Compared> = self.compared(series).into_iter().map(|(_, of)| of).collect();
            agrees(self.sockets, series, &compared)
        };
        self.series.iter().map(claim).collect()
    }

    /// A picture for each, and how that was played.
    pub(in crate::exp) fn drawn(&self, page: Page) -> Result<Page, Failure> {
        let page = self.pictures(page)?;
        Ok(page.text(format!(
            "Sockets play what the simulator plays, from {} of its seeds: the shipped gateway, stub and load generator on the loopback network, where a hop takes no time. A second lies in the band if it is \
             where any of {} simulated seeds is in that second or in one beside it, or a tenth and a slack beyond: {}. Response times are not compared: simulated time has no CPU cost.",
            self.sockets.data.seeds().len(),
            self.simulated.seeds().len(),
            self.slacks(),
        )))
    }

    fn slacks(&self) -> String {
        let slack = |series: &Series<'_>| {
            format!(
                "{} of {}",
                charts::number::significant(series.slack, 2),
                series.name
            )
        };
        self.series.iter().map(slack).collect::<Vec<_>>().join(", ")
    }

    fn pictures(&self, page: Page) -> Result<Page, Failure> {
        let span = self.span.map(|(name, from, to)| Span::new(name, from, to));
        self.series.iter().try_fold(page, |page, series| {
            let compared = self.compared(series);
            let name = format!("worlds-{}", series.slug());
            match compared.is_empty() {
                true => Ok(page),
                false => Ok(page.figure(overlay(&name, series, &compared, span.clone())?)),
            }
        })
    }
}
