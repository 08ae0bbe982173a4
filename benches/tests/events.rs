//! Each event is what it says, so that what is measured is what it is called.

use benches::{
    events::{Event, Stage},
    mix::Mix,
};
use knative_gloo_translate::Change;

fn changes(event: Event) -> Vec<Change> {
    let mix = Mix::default();
    let mut stage = Stage::new(event, &mix, &mix.ingresses(300));
    assert!(stage.subjects() > 5, "{}", stage.subjects());
    let mut rounds: Vec<Vec<Change>> = Vec::new();
    let before = stage.translator().translation();
    for _ in 0..2 {
        let mut changes = Vec::new();
        stage.perform(|change| changes.push(change));
        stage.restore();
        rounds.push(changes);
    }
    assert_eq!(stage.translator().translation(), before, "two rounds leave everything as it was");
    rounds.swap_remove(1)
}

#[test]
fn change_event_updates_existing_virtual_hosts() {
    for change in changes(Event::Changed) {
        assert!(!change.internal.virtual_hosts.is_empty());
        let stays =
            |host: &knative_gloo_translate::VirtualHostChange| host.before.is_some() && host.after.is_some();
        assert!(change.internal.virtual_hosts.iter().all(stays));
    }
}

#[test]
fn unchanged_event_has_no_effect() {
    assert!(changes(Event::Unchanged).iter().all(Change::is_empty));
}

#[test]
fn removal_event_removes_virtual_hosts_and_the_report() {
    for change in changes(Event::Removed) {
        assert_eq!(change.removed.len(), 1);
        assert!(!change.internal.virtual_hosts.is_empty());
        assert!(change.internal.virtual_hosts.iter().all(|host| host.after.is_none()));
    }
}

#[test]
fn host_conflict_event_moves_the_host_to_the_next_owner() {
    for change in changes(Event::WonBack) {
        assert_eq!(
            (change.removed.len(), change.reports.len()),
            (1, 1),
            "one goes, and one has less to report"
        );
        let (goes, comes) = (change.external.virtual_hosts.iter())
            .fold((false, false), |(goes, comes), host| {
                (goes || host.after.is_none(), comes || host.after.is_some())
            });
        assert!(goes && comes);
    }
}

#[test]
fn service_removal_event_affects_its_ingresses() {
    for change in changes(Event::ServiceRemoved) {
        assert_eq!(change.reports.len(), 1);
        assert!(!change.external.virtual_hosts.is_empty());
    }
}
