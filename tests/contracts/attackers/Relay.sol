// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title A page that makes its visitor's wallet call it, and calls on: the tx.origin attacker (A25)
contract Relay {
    function relay(address target, bytes calldata call) external {
        (bool done, bytes memory answer) = target.call(call);
        if (!done) {
            assembly {
                revert(add(answer, 32), mload(answer))
            }
        }
    }
}
