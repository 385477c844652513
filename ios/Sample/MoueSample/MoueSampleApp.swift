// The app's entrance: one window with the live screen in it.

import SwiftUI

@main
struct MoueSampleApp: App {
    @State private var live = LiveModel()

    var body: some Scene {
        WindowGroup {
            LiveScreen(live: live)
        }
    }
}
