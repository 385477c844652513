// Sessions under load: from many tasks at once, and opened and closed ten thousand times.

import Foundation
import XCTest

@testable import Moue

final class StressTests: XCTestCase {
    func testManyTasksSubmitListenPauseAndCloseAtOnce() async throws {
        let picture = try Picture.astronaut()
        for _ in 0..<5 {
            let session = try MoueSession()
            await withTaskGroup(of: Void.self) { group in
                let time = Locked<Int64>(0)
                for _ in 0..<4 {
                    group.addTask {
                        for _ in 0..<50 {
                            // Another task may submit a later time first: that is an error, and no harm.
                            let timestamp = time.withLock { time in
                                time += frameTime
                                return time
                            }
                            _ = try? session.submit(picture.data, picture.layout, timestamp: timestamp)
                            await Task.yield()
                        }
                    }
                }
                for listener in 0..<4 {
                    group.addTask {
                        var last: Int64 = -1
                        for await result in session.results {
                            XCTAssertGreaterThan(result.timestamp, last)
                            last = result.timestamp
                            if listener > 0 && last > frameTime * 20 { return }
                        }
                    }
                }
                group.addTask {
                    for _ in 0..<20 {
                        try? session.pause()
                        try? session.setThermal(.fair)
                        await Task.yield()
                        try? session.resume()
                        _ = session.failure
                    }
                }
                group.addTask {
                    try? await Task.sleep(nanoseconds: 200_000_000)
                    session.close()
                }
                await group.waitForAll()
            }
            XCTAssertTrue(session.isClosed)
            XCTAssertNil(session.failure)
            let loop = session.loopForTests
            try await eventually("the thread ends") { !loop.isRunning }
        }
    }

    func testTenThousandSessionsLeaveNothingBehind() async throws {
        #if os(Linux)
            let picture = try Picture.astronaut()
            let failures = Locked<[any Error]>([])
            let openAndClose = { @Sendable (number: Int) in
                do {
                    let session = try MoueSession()
                    try session.submit(picture.data, picture.layout, timestamp: 1)
                    // A part of them with a thread, and closed in each of the two ways.
                    if number.isMultiple(of: 10) { _ = session.results }
                    if number.isMultiple(of: 2) { session.close() }
                } catch {
                    failures.withLock { $0.append(error) }
                }
            }
            // A sanitizer makes each of them ten times as slow.
            let sessions = ProcessInfo.processInfo.environment["MOUE_SANITIZED"] == nil ? 10_000 : 500
            DispatchQueue.concurrentPerform(iterations: 500, execute: openAndClose)
            try await Task.sleep(nanoseconds: 500_000_000)
            let (before, threadsBefore) = try (residentBytes(), threads())
            DispatchQueue.concurrentPerform(iterations: sessions, execute: openAndClose)
            try await Task.sleep(nanoseconds: 500_000_000)
            XCTAssertTrue(failures.withLock { $0.isEmpty })
            // A session holds megabytes: were one in a hundred kept, this would be hundreds.
            XCTAssertLessThan(try residentBytes(), before + 24 << 20)
            XCTAssertLessThanOrEqual(try threads(), threadsBefore + 8)
        #else
            throw XCTSkip("what a process holds is read from /proc, which this system hasn't")
        #endif
    }

    #if os(Linux)
        private func residentBytes() throws -> Int {
            let statm = try String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
            return try XCTUnwrap(Int(statm[1])) * 4096
        }

        private func threads() throws -> Int {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count
        }
    #endif
}
