// Values that stand twice, here and in the native code, are held against each other.

import Foundation
import MoueFFI
import XCTest

@testable import Moue

final class NativeValueTests: XCTestCase {
    func testDefaultsAreThoseOfTheNativeCode() throws {
        XCTAssertEqual(try MoueFFI.Options(MoueOptions()), try MoueFFI.defaultOptions())
        XCTAssertEqual(try MoueFFI.LiveOptions(LiveOptions()), try MoueFFI.defaultLiveOptions())
    }

    func testNamesForProgramsAreThoseOfTheNativeCode() throws {
        let expressions: [MoueFFI.Expression] = [.angry, .disgust, .fear, .happy, .sad, .surprise, .neutral]
        XCTAssertEqual(try expressions.map { try MoueFFI.expressionName(expression: $0) }, FacialExpression.allCases.map(\.rawValue))
        for expression in expressions {
            XCTAssertEqual(FacialExpression(expression).rawValue, try MoueFFI.expressionName(expression: expression))
        }
        for reason: MoueFFI.Reason in [.tooSmall, .tooDark, .tooBright, .blurred, .turnedAway, .ambiguous] {
            XCTAssertEqual(UnsureReason(reason).rawValue, try MoueFFI.reasonName(reason: reason))
        }
    }
}
