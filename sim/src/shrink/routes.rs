//! Routes that are written out: none of them, fewer, and plainer ones, in all configs alike.

use super::remade::remade;
use scenarios::{Route, Scenario};

/// Places are, in this order, all routes together and each of the first config that has any.
pub(super) fn fewer(scenario: &Scenario, place: usize) -> Option<Vec<Scenario>> {
    let Some(place) = place.checked_sub(1) else {
        let none = remade(scenario, |_, routes| routes.clear()).into_iter();
        return Some(none.filter(|changed| changed != scenario).collect());
    };
    let written = scenario.configs.iter().find(|config| !config.routes.is_empty())?;
    let name = &written.routes.get(place)?.name;
    let plainer: [fn(&mut Route); 6] = [
        |route| route.mirror = None,
        |route| route.fallback = None,
        |route| route.degraded = None,
        |route| route.edits = None,
        |route| route.conditions.clear(),
        |route| route.rewrite = None,
    ];
    let without = remade(scenario, |_, routes| routes.retain(|route| route.name != *name));
    let plainer = plainer.into_iter().filter_map(|change| {
        remade(scenario, |_, routes| {
            let named = routes.iter_mut().filter(|route| route.name == *name);
            named.for_each(change);
        })
    });
    let changed = without.into_iter().chain(plainer);
    Some(changed.filter(|changed| changed != scenario).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;
    use scenarios::find;
    use world::Seed;

    fn swarm() -> Scenario {
        let entry = find("swarm").expect("registered");
        let set = ["routes=all".to_owned(), "mirror=yes".to_owned()];
        let mut document = Document::of(entry, Seed(1), &set).expect("good knobs");
        document.variants.remove(0).scenario
    }

    #[test]
    fn each_route_goes_by_itself_and_all_together() {
        let scenario = swarm();
        let count = scenario.configs[0].routes.len();
        let all = fewer(&scenario, 0).expect("the first place");
        assert_eq!(all[0].configs[0].routes, []);
        for place in 1..=count {
            let fewer = fewer(&scenario, place).expect("a route");
            assert_eq!(fewer[0].configs[0].routes.len(), count - 1);
            assert!(
                fewer[1..]
                    .iter()
                    .all(|changed| changed.configs[0].routes.len() == count)
            );
        }
        assert_eq!(fewer(&scenario, count + 1), None);
    }
}
