//! A list that hardly ever has more than one entry, and then needs no memory of its own.

pub(super) struct Few<T> {
    first: Option<T>,
    more: Vec<T>,
}

impl<T> Default for Few<T> {
    fn default() -> Self {
        Self {
            first: None,
            more: Vec::new(),
        }
    }
}

impl<T> Few<T> {
    pub(super) fn push(&mut self, item: T) {
        match self.first {
            None => self.first = Some(item),
            Some(_) => self.more.push(item),
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.first.iter().chain(&self.more)
    }

    /// The first one like this, after adding it if there is none.
    pub(super) fn find_or_push(&mut self, is_it: impl Fn(&T) -> bool, make: impl FnOnce() -> T) -> &mut T {
        if self.first.as_ref().is_none_or(&is_it) {
            return self.first.get_or_insert_with(make);
        }
        let place = self.more.iter().position(is_it);
        let place = place.unwrap_or_else(|| {
            self.more.push(make());
            self.more.len() - 1
        });
        &mut self.more[place]
    }

    /// Takes one like this out.
    pub(super) fn take(&mut self, is_it: impl Fn(&T) -> bool) -> Option<T> {
        if self.first.as_ref().is_some_and(&is_it) {
            return std::mem::replace(&mut self.first, self.more.pop());
        }
        let place = self.more.iter().position(is_it)?;
        Some(self.more.swap_remove(place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_a_list() {
        let mut few = Few::default();
        for item in [3, 1, 3, 2] {
            few.push(item);
        }
        assert_eq!(few.take(|item| *item == 3), Some(3));
        *few.find_or_push(|item| *item == 3, || unreachable!()) = 5;
        assert_eq!(*few.find_or_push(|item| *item == 7, || 7), 7);
        let mut all: Vec<_> = few.iter().copied().collect();
        all.sort_unstable();
        assert_eq!(all, [1, 2, 5, 7]);
        assert_eq!(few.take(|item| *item == 3), None);
    }
}
