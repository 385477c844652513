// A panic in the native code: an error here, and an object that says that it is closed. The library must be built with the feature
// `provoke-panic`.

import Foundation
import XCTest

@testable import Moue

final class FaultTests: XCTestCase {
    func testAFaultInAnAnalysisIsAnErrorAndTheAnalyzerIsClosed() throws {
        let (panic, picture) = (try provoked(), try Picture.astronaut())
        let analyzer = try MoueAnalyzer()
        panic()
        assertThrows(.internalFault, "provoked by a test") { try analyzer.analyze(picture.data, picture.layout) }
        assertThrows(.closed, "make a new one") { try analyzer.analyze(picture.data, picture.layout) }
        XCTAssertEqual(try MoueAnalyzer().analyze(picture.data, picture.layout).count, 1)
    }

    func testAFaultOnTheSessionsThreadEndsItsStreamsAndTheSessionTellsWhy() async throws {
        let (panic, picture) = (try provoked(), try Picture.astronaut())
        let session = try MoueSession()
        try session.submit(picture.data, picture.layout, timestamp: 1)
        panic()
        var count = 0
        for await _ in session.results { count += 1 }
        XCTAssertEqual(count, 0)
        XCTAssertTrue(session.isClosed)
        XCTAssertEqual(session.failure?.kind, .internalFault)
        XCTAssertEqual(try session.submit(picture.data, picture.layout, timestamp: 2), .closed)
        let loop = session.loopForTests
        try await eventually("the thread ends") { !loop.isRunning }
    }

    /// What makes the next call of the native code panic.
    private func provoked() throws -> @convention(c) () -> Void {
        guard let symbol = dlsym(dlopen(nil, RTLD_NOW), "moue_ffi_panic_in_next_call") else {
            throw XCTSkip("the native library is built without the feature provoke-panic")
        }
        return unsafeBitCast(symbol, to: (@convention(c) () -> Void).self)
    }
}
