//! Terms that the text uses, for those who meet them first.

/// Printed at the end.
pub(super) const LEGEND: &str = "\
terms
  stretch    what lies between two things done from outside; lines with │ say what followed in it, … sums it up
  well       answered with a 2xx; times count from when a request was due, not from when it was sent
  attempt    the gateway sends a request on to a replica; a second attempt for the same request is a retry
  heal       all faults are mended and none will come: from here on the system has to recover
  calm, faults, recovery, after
             before the first fault; from it to the heal; the time that is granted to recover; the rest
  ▲          the event that shows what is violated
  ——         done from outside while the request was on its way
";
