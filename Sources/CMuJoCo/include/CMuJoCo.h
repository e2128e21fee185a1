// MuJoCo's own header, and guarded forms of the calls that can fail.
//
// MuJoCo ends the process when it meets an error. The functions below turn an error into a status
// code instead; the words are in m3dt_mj_message() of the same thread, until its next guarded call.
// Only guarded calls may be made where MuJoCo can fail.
#ifndef M3DT_CMUJOCO_H
#define M3DT_CMUJOCO_H

#include <mujoco/mujoco.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum m3dt_mj_status {
    M3DT_MJ_OK = 0,
    // MuJoCo stopped in the middle of its work: the data must be reset before it is used again.
    M3DT_MJ_ERROR = 1,
    // MuJoCo went on, but warned: a bad number in the state, or too many contacts.
    M3DT_MJ_WARNING = 2,
} m3dt_mj_status;

// The words of this thread's last error or warning; never null. Borrowed: copy it at once.
const char* m3dt_mj_message(void);

// The folder of the model files that the set-up fetched. Borrowed, never null.
const char* m3dt_models_directory(void);

// Loads a model file. On success *model is the caller's, to be given back with mj_deleteModel.
// Fails where the library is not of the version of this header.
m3dt_mj_status m3dt_mj_load(const char* path, mjModel** model);

// Makes the changing state of a model. On success *data is the caller's, to be given back with mj_deleteData.
m3dt_mj_status m3dt_mj_make_data(const mjModel* model, mjData** data);

// Copies a model. On success *copy is the caller's, to be given back with mj_deleteModel.
m3dt_mj_status m3dt_mj_copy_model(const mjModel* model, mjModel** copy);

// Back to the model's first state, all warnings forgotten.
m3dt_mj_status m3dt_mj_reset(const mjModel* model, mjData* data);

// Takes over a state of the same model and everything that follows from it, warnings included.
m3dt_mj_status m3dt_mj_copy_state(const mjModel* model, mjData* target, const mjData* source);

// Computes everything that follows from the state, without moving in time.
m3dt_mj_status m3dt_mj_forward(const mjModel* model, mjData* data);

// The same with the actuators switched off: before the first action there is nothing for them to follow.
m3dt_mj_status m3dt_mj_forward_passive(const mjModel* model, mjData* data);

// Makes `count` steps of physics; stops after the first one that warns.
m3dt_mj_status m3dt_mj_step(const mjModel* model, mjData* data, int count);

// The halves of a step: what follows from positions and velocities, and what follows from the controls.
m3dt_mj_status m3dt_mj_step1(const mjModel* model, mjData* data);
m3dt_mj_status m3dt_mj_step2(const mjModel* model, mjData* data);

// Raises an error or a warning in MuJoCo, for the tests of the guard.
m3dt_mj_status m3dt_mj_provoke_error(const char* message);

// Drawing, into the buffer of the current OpenGL context. The context and the scene are the caller's,
// to be given back with mjr_freeContext and mjv_freeScene.
m3dt_mj_status m3dt_mj_make_scene(const mjModel* model, mjvScene* scene, int geometries);
m3dt_mj_status m3dt_mj_make_context(const mjModel* model, mjrContext* context);

// Draws the scene seen by the camera and writes 3 * width * height bytes, the lowest row first.
m3dt_mj_status m3dt_mj_draw(
    const mjModel* model, mjData* data, const mjvOption* option, mjvCamera* camera, mjvScene* scene,
    const mjrContext* context, int width, int height, unsigned char* pixels);

#ifdef __cplusplus
}
#endif
#endif
