// The browser's own <input> as a Dash component (mmgap/app/playground/native_input.py); its value is nobody's but its own.
globalThis.mmgap_native ??= {};
globalThis.mmgap_native.Input = function Input({ setProps, ...attributes }) {
  return globalThis.React.createElement("input", attributes);
};
