// Live sessions: results in order, listeners that come and go, sessions that are closed, forgotten, or used from everywhere at once.

import Foundation
import XCTest

@testable import Moue

/// A 30th of a second, in nanoseconds.
let frameTime: Int64 = 33_333_333

/// Takes the next value, or fails where the stream has ended. A stream that stays silent for two minutes ends the test run, which would hang
/// otherwise.
func next<Value: Sendable>(
    _ iterator: inout AsyncStream<Value>.Iterator, file: StaticString = #filePath, line: UInt = #line
) async throws -> Value {
    let watchdog = DispatchWorkItem { fatalError("no result within two minutes, in line \(line) of \(file)") }
    DispatchQueue.global().asyncAfter(deadline: .now() + 120, execute: watchdog)
    defer { watchdog.cancel() }
    let value = await iterator.next()
    return try XCTUnwrap(value, "the stream has ended", file: file, line: line)
}

/// Waits until something holds, ten seconds at most.
func eventually(_ what: String, file: StaticString = #filePath, line: UInt = #line, _ holds: () -> Bool) async throws {
    for _ in 0..<2_000 where !holds() {
        try await Task.sleep(nanoseconds: 5_000_000)
    }
    XCTAssertTrue(holds(), what, file: file, line: line)
}

final class SessionTests: XCTestCase {
    func testAFrameGivesAResultWithItsTimeItsSizeAndItsFaces() async throws {
        let (session, picture) = (try MoueSession(), try Picture.astronaut())
        var results = session.results.makeAsyncIterator()
        XCTAssertEqual(try session.submit(picture.data, picture.layout, timestamp: 41), .waiting)
        let result = try await next(&results)
        XCTAssertEqual(result.timestamp, 41)
        XCTAssertEqual(result.frameSize, CGSize(width: 128, height: 128))
        XCTAssertEqual(result.faces.map(\.face.reading.verdict), [.certain(.happy)])
        XCTAssertEqual(result.activity.analyzed, 1)
        XCTAssertTrue(result.activity.searched)
        XCTAssertGreaterThan(result.times.total, 0)
    }

    func testAFaceKeepsItsIdentityAndALaterResultIsNotAnEarlierOne() async throws {
        let (session, picture) = (try MoueSession(), try Picture.astronaut())
        var results = session.results.makeAsyncIterator()
        var seen: [FrameResult] = []
        for frame in 1...5 as ClosedRange<Int64> {
            try session.submit(picture.data, picture.layout, timestamp: frame * frameTime)
            seen.append(try await next(&results))
        }
        XCTAssertEqual(seen.map(\.timestamp), (1...5).map { $0 * frameTime })
        XCTAssertEqual(Set(seen.flatMap { $0.faces.map(\.id) }).count, 1)
    }

    func testASlowListenerGetsTheNewestResultOnly() async throws {
        let (session, picture) = (try MoueSession(), try Picture.astronaut())
        let slow = session.results
        var quick = session.results.makeAsyncIterator()
        for frame in 1...4 as ClosedRange<Int64> {
            try session.submit(picture.data, picture.layout, timestamp: frame * frameTime)
            _ = try await next(&quick)
        }
        var iterator = slow.makeAsyncIterator()
        // The thread hands a result to one listener after the other, so the last may still be on its way.
        var newest = try await next(&iterator).timestamp
        if newest == 3 * frameTime { newest = try await next(&iterator).timestamp }
        XCTAssertEqual(newest, 4 * frameTime)
    }

    func testAFrameThatWaitsIsReplacedAndCountedAsDropped() async throws {
        let (session, picture) = (try MoueSession(), try Picture.astronaut())
        // Nobody listens: nothing takes the frame out.
        XCTAssertEqual(try session.submit(picture.data, picture.layout, timestamp: 1), .waiting)
        XCTAssertEqual(try session.submit(picture.data, picture.layout, timestamp: 2), .replaced)
        XCTAssertEqual(try session.submit(picture.data, picture.layout, timestamp: 3), .replaced)
        var results = session.results.makeAsyncIterator()
        let result = try await next(&results)
        XCTAssertEqual(result.timestamp, 3)
        XCTAssertEqual(result.activity.dropped, 2)
    }

    func testTheThreadIsThereOnlyWhileSomebodyListens() async throws {
        let (session, picture) = (try MoueSession(), try Picture.astronaut())
        let loop = session.loopForTests
        XCTAssertFalse(loop.isRunning)
        for frame in 1...2 as ClosedRange<Int64> {
            let listener = Task {
                for await result in session.results { return result.timestamp }
                return -1
            }
            try await eventually("the thread starts") { loop.isRunning }
            try session.submit(picture.data, picture.layout, timestamp: frame)
            let timestamp = await listener.value
            XCTAssertEqual(timestamp, frame)
            try await eventually("the thread ends once nobody listens") { !loop.isRunning }
        }
        XCTAssertFalse(session.isClosed)
    }

    func testSomebodyWhoComesWhileTheThreadWaitsGetsTheNextResultToo() async throws {
        let (session, picture) = (try MoueSession(), try Picture.astronaut())
        var first = session.results.makeAsyncIterator()
        try session.submit(picture.data, picture.layout, timestamp: 1)
        _ = try await next(&first)
        // The thread waits for a frame by now, or will in a moment.
        try await Task.sleep(nanoseconds: 50_000_000)
        var second = session.results.makeAsyncIterator()
        try session.submit(picture.data, picture.layout, timestamp: 2)
        let timestamp = try await next(&second).timestamp
        XCTAssertEqual(timestamp, 2)
    }

    func testACancelledListenerStopsAndTheOthersGoOn() async throws {
        let (session, picture) = (try MoueSession(), try Picture.astronaut())
        let cancelled = Task {
            var count = 0
            for await _ in session.results { count += 1 }
            return count
        }
        var other = session.results.makeAsyncIterator()
        cancelled.cancel()
        _ = await cancelled.value
        try session.submit(picture.data, picture.layout, timestamp: 1)
        let timestamp = try await next(&other).timestamp
        XCTAssertEqual(timestamp, 1)
    }

    func testClosingEndsEveryStreamFromAnywhereAndMayBeRepeated() async throws {
        let session = try MoueSession()
        let listeners = (0..<3).map { _ in
            let results = session.results
            return Task { for await _ in results {} }
        }
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { session.close() } }
        }
        for listener in listeners { await listener.value }
        let loop = session.loopForTests
        try await eventually("the thread ends") { !loop.isRunning }
        XCTAssertTrue(session.isClosed)
        XCTAssertNil(session.failure)
    }

    func testAClosedSessionSaysSoAndNothingElseHappens() async throws {
        let (session, picture) = (try MoueSession(), try Picture.astronaut())
        session.close()
        XCTAssertEqual(try session.submit(picture.data, picture.layout, timestamp: 1), .closed)
        var count = 0
        for await _ in session.results { count += 1 }
        XCTAssertEqual(count, 0)
        XCTAssertNoThrow(try session.pause())
        XCTAssertNoThrow(try session.resume())
        XCTAssertNoThrow(try session.calibrate(LiveFace.ID(rawValue: 1)))
        XCTAssertFalse(session.loopForTests.isRunning)
    }

    func testAForgottenSessionEndsWithItsThreadAndItsStreams() async throws {
        weak var forgotten: MoueSession?
        let (loop, listener): (SessionLoop, Task<Void, Never>) = try {
            let session = try MoueSession()
            forgotten = session
            let results = session.results
            return (session.loopForTests, Task { for await _ in results {} })
        }()
        await listener.value
        XCTAssertNil(forgotten)
        try await eventually("the thread ends") { !loop.isRunning }
        XCTAssertTrue(loop.isClosed)
    }

    func testPausedFramesAreDropped() async throws {
        let (session, picture) = (try MoueSession(), try Picture.astronaut())
        try session.pause()
        XCTAssertEqual(try session.submit(picture.data, picture.layout, timestamp: 1), .paused)
        try session.resume()
        XCTAssertEqual(try session.submit(picture.data, picture.layout, timestamp: 2), .waiting)
    }

    func testTimesMustRise() throws {
        let (session, picture) = (try MoueSession(), try Picture.astronaut())
        try session.submit(picture.data, picture.layout, timestamp: 5)
        assertThrows(.badInput, "timestamp is 5 ns") { try session.submit(picture.data, picture.layout, timestamp: 5) }
        assertThrows(.badInput, "-1 ns") { try session.submit(picture.data, picture.layout, timestamp: -1) }
        XCTAssertEqual(try session.submit(picture.data, picture.layout, timestamp: 6), .replaced)
    }

    func testARelaxedFaceIsReadForASecondAndForgottenAgain() async throws {
        let (session, picture) = (try MoueSession(), try Picture.graceHopper())
        var results = session.results.makeAsyncIterator()
        var states: [Calibration] = []
        for frame in 1...48 as ClosedRange<Int64> {
            try session.submit(picture.data, picture.layout, timestamp: frame * frameTime)
            let result = try await next(&results)
            let face = try XCTUnwrap(result.faces.first)
            if face.calibration != states.last { states.append(face.calibration) }
            if frame == 5 { try session.calibrate(face.id) }
            if frame == 45 { try session.forgetBaseline(face.id) }
        }
        XCTAssertEqual(states, [.none, .running, .done, .none])
    }

    func testABudgetHoldsAndHeatHalvesIt() async throws {
        var options = LiveOptions()
        options.budget = .results(perSecond: 10)
        let (session, picture) = (try MoueSession(options: options), try Picture.astronaut())
        var results = session.results.makeAsyncIterator()
        try session.submit(picture.data, picture.layout, timestamp: 0)
        let cool = try await next(&results).activity.interval
        XCTAssertEqual(cool, 0.1, accuracy: 0.001)
        try session.setThermal(.serious)
        try session.submit(picture.data, picture.layout, timestamp: 1_000_000_000)
        let hot = try await next(&results).activity.interval
        XCTAssertEqual(hot, 0.2, accuracy: 0.001)
        assertThrows(.badInput, "budget") { try session.setBudget(.load(shareOfCore: 2)) }
    }

    func testADistanceNeedsAFieldOfView() async throws {
        var options = LiveOptions()
        options.fieldOfView = 60
        let (session, picture) = (try MoueSession(options: options), try Picture.astronaut())
        var results = session.results.makeAsyncIterator()
        try session.submit(picture.data, picture.layout, timestamp: 1)
        let distance = try await next(&results).faces.first?.distance
        // Eyes 36 pixels apart in a picture of 128 that spans 60 degrees, 63 mm apart in a person: 0.063 / (36 / 64 * tan 30°).
        let expected: Float = 0.194
        XCTAssertEqual(try XCTUnwrap(distance).meters, expected, accuracy: 0.02)
    }

    func testLiveOptionsOutsideTheirRangeAreRefused() {
        for (words, change) in [
            ("search_interval", { $0.searchInterval = 61 }),
            ("searchInterval", { $0.searchInterval = -1 }),
            ("searchInterval", { $0.searchInterval = .nan }),
            ("most_readings", { $0.mostReadings = 0 }),
            ("field_of_view", { $0.fieldOfView = 180 }),
            ("budget", { $0.budget = .results(perSecond: 0) }),
            ("most_faces", { $0.options.mostFaces = 257 }),
        ] as [(String, (inout LiveOptions) -> Void)] {
            assertThrows(.badInput, words) {
                var options = LiveOptions()
                change(&options)
                return try MoueSession(options: options)
            }
        }
    }
}
