//! Which request a command of the Web SDK made. No monitor says so; what is certain follows from the
//! order in which answers arrive and promises are settled.

use std::collections::BTreeMap;

use super::pages::Pages;
use super::{Hit, Place};

/// Monitors that tell of the end of a request.
const ENDS: [&str; 2] = ["onNetworkResponse", "onNetworkError"];

/// Fills in the hits of `sendEvent` commands.
///
/// The library settles a command in the turn in which it hears of its request's end: where as many
/// requests ended as commands were settled in one turn, they belong together in order. What is left
/// belongs together if it is one command and one hit.
pub fn tie(pages: &mut Pages, hits: &[Hit]) {
    for (command, hit) in by_turn(pages, hits) {
        pages.invocations[command].hit = Some(hit);
    }
    for (command, hit) in left_over(pages, hits) {
        pages.invocations[command].hit = Some(hit);
    }
}

/// Instance and document.
type Whose = (String, usize);

#[derive(Default)]
struct Turn {
    /// Sequence number and hit of each request that ended.
    ends: Vec<(u32, u32)>,
    /// Sequence number and command of each promise that was settled.
    settled: Vec<(u32, usize)>,
}

fn by_turn(pages: &Pages, hits: &[Hit]) -> Vec<(usize, u32)> {
    let mut turns: BTreeMap<(Whose, u32), Turn> = BTreeMap::new();
    for heard in &pages.monitored {
        if !ENDS.contains(&heard.hook.as_str()) || heard.place.task == 0 {
            continue;
        }
        let hit = hits
            .iter()
            .find(|hit| heard.request.as_ref() == Some(&hit.key));
        if let Some(hit) = hit {
            let whose = (heard.tracker.clone(), heard.place.doc);
            let turn = turns.entry((whose, heard.place.task)).or_default();
            turn.ends.push((heard.place.seq, hit.n));
        }
    }
    for (index, place) in settled(pages) {
        let whose = (pages.invocations[index].tracker.clone(), place.doc);
        let turn = turns.entry((whose, place.task)).or_default();
        turn.settled.push((place.seq, index));
    }
    let certain = turns
        .into_values()
        .filter(|turn| turn.ends.len() == turn.settled.len());
    certain
        .flat_map(|turn| turn.ends.into_iter().zip(turn.settled))
        .filter(|((ended, _), (settled, _))| ended < settled)
        .map(|((_, hit), (_, command))| (command, hit))
        .collect()
}

/// `sendEvent` commands with the place where their promises were settled.
fn settled(pages: &Pages) -> impl Iterator<Item = (usize, Place)> {
    let commands = pages.invocations.iter().enumerate();
    commands
        .filter(|(_, command)| command.method == "sendEvent" && command.promise.is_some())
        .filter_map(|(index, command)| Some((index, command.left?)))
        .filter(|(_, place)| place.task > 0)
}

/// The one command and the one hit of an instance that nothing else belongs to.
fn left_over(pages: &Pages, hits: &[Hit]) -> Vec<(usize, u32)> {
    let tied: Vec<u32> = pages
        .invocations
        .iter()
        .filter_map(|command| command.hit)
        .collect();
    let mut commands: BTreeMap<Whose, Vec<usize>> = BTreeMap::new();
    for (index, command) in pages.invocations.iter().enumerate() {
        let is_open = command.promise.is_some() && command.hit.is_none();
        if command.method == "sendEvent" && is_open {
            let whose = (command.tracker.clone(), command.entered.doc);
            commands.entry(whose).or_default().push(index);
        }
    }
    let alone = commands.into_iter().filter_map(|(whose, commands)| {
        let [command] = commands[..] else {
            return None;
        };
        let mut own = hits.iter().filter(|hit| {
            !tied.contains(&hit.n) && pages.instance_of(hit) == Some(whose.0.as_str())
        });
        let hit = own.next().filter(|_| own.next().is_none())?;
        let handed = *hit.handed.first()?;
        let given = &pages.invocations[command];
        let fits = given.entered.before(handed) == Some(true)
            && given
                .left
                .is_none_or(|left| handed.before(left) == Some(true));
        fits.then_some((command, hit.n))
    });
    alone.collect()
}
