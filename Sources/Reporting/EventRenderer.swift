package import Journaling

/// Shows a run's events as they come; called from several threads.
package protocol EventRenderer: Sendable {
    /// Shows one event.
    func show(_ event: Event)
    /// Removes whatever stands there only while the run goes on.
    func finish()
}
